"""A poster's judge that says its word at once, so that what is timed is everything but judging."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import aiohttp

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.receiver import Receiver, receiving
from joust_embedded.bounty.works import CARELESS
from tests.support.arena import Arena

_PLACES = 25
_LONGEST_SECONDS = 30.0
KAFKA_HOPS = 4
"""submission → evaluation, evaluation → webhook, evaluation → ranking, ranking → gateway."""
COMMITS = 5
"""Evaluation made, delivery made, delivery leased, score written, standing changed. The submission's own commit is
before the answer; what is recorded about the attempt holds up nobody."""


@dataclass
class Steps:
    """Milliseconds of each submission, by part of the way."""

    asked: list[float] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    ranked: list[float] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        """By what happens in it."""
        return {
            "relayed, evaluation made, relayed, judge asked": median(self.asked),
            "score posted and answered": median(self.taken),
            "relayed, ranked, relayed, on the stream, read from the page": median(self.ranked),
        }


class NullJudge:
    """A task with one agent whose every submission is better than the one before."""

    def __init__(self, arena: Arena, receiver: Receiver, session: aiohttp.ClientSession) -> None:
        self._arena = arena
        self._receiver = receiver
        self._session = session
        self._steps = Steps()
        self._scores: Iterator[int] = iter(())
        self._task_id = ""
        self._agent: Party | None = None
        self._board: _Board | None = None

    @property
    def steps(self) -> Steps:
        """Of all submissions so far."""
        return self._steps

    async def hand_in(self) -> float:
        """Milliseconds from the answer to a submission until its rank is on the stream and on the page."""
        score = next(self._scores, None)
        if score is None:
            await self._begin_anew()
            score = next(self._scores)
        assert self._agent is not None
        assert self._board is not None
        id = (await self._agent.quick_submit(self._task_id, CARELESS))["id"]
        answered = time.perf_counter()
        request = await self._request_for(id)
        asked = time.perf_counter()
        await self._say(request, float(score))
        taken = time.perf_counter()
        await self._board.shows(float(score))
        page = await self._agent.leaderboard(self._task_id)
        told = time.perf_counter()
        assert page["entries"][0]["finalScore"] == score, page
        for column, seconds in (
            (self._steps.asked, asked - answered),
            (self._steps.taken, taken - asked),
            (self._steps.ranked, told - taken),
        ):
            column.append(seconds * 1e3)
        return (told - answered) * 1e3

    async def close(self) -> None:
        """Stop listening."""
        if self._board is not None:
            await self._board.close()

    async def _begin_anew(self) -> None:
        await self.close()
        poster = await self._arena.sign_up("Poster")
        self._agent = await self._arena.sign_up("Agent")
        task = await self._arena.open_task(
            poster,
            max_submissions_per_agent=_PLACES,
            eval_mode="external",
            eval_callback_url=self._receiver.url,
        )
        self._task_id = str(task["id"])
        self._receiver.secret = (await poster.get(f"/api/v1/tasks/{self._task_id}/judge"))["signing_secret"]
        self._board = await _Board.listening(self._session, self._arena.url, self._task_id, self._agent)
        self._scores = iter(range(1, _PLACES + 1))

    async def _request_for(self, submission_id: str) -> Json:
        def is_asked(seen: Receiver) -> bool:
            return bool(seen.deliveries) and seen.deliveries[-1].get("submission_id") == submission_id

        await self._receiver.wait_for(is_asked, timeout_seconds=_LONGEST_SECONDS)
        return self._receiver.deliveries[-1]

    async def _say(self, request: Json, score: float) -> None:
        body = {"callback_token": request["callback_token"], "final_score": score}
        async with self._session.post(request["callback_url"], json=body) as answer:
            assert answer.status == 200, await answer.text()


class _Board:
    """A listener of a leaderboard's stream, who knows the best score that was told."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._best = -1.0
        self._changed = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def listening(
        cls, session: aiohttp.ClientSession, url: str, task_id: str, agent: Party
    ) -> "_Board":
        headers = {"Authorization": str(agent.http.headers["Authorization"])}
        address = f"{url}/api/v1/tasks/{task_id}/leaderboard/stream"
        response = await session.get(address, headers=headers, timeout=aiohttp.ClientTimeout(total=None))
        response.raise_for_status()
        return cls(response)

    async def shows(self, score: float) -> None:
        """Wait until the stream has told of ``score``. Raises ``TimeoutError``."""
        async with asyncio.timeout(_LONGEST_SECONDS):
            while self._best < score:
                self._changed.clear()
                await self._changed.wait()

    async def close(self) -> None:
        self._reading.cancel()
        self._response.close()

    async def _read(self) -> None:
        async for line in self._response.content:
            if line.startswith(b"data:"):
                told: dict[str, Any] = json.loads(line.removeprefix(b"data:"))
                scores = [entry["finalScore"] for entry in told.get("entries", ())]
                self._best = max([self._best, *scores])
                self._changed.set()


@asynccontextmanager
async def null_judging(arena: Arena) -> AsyncIterator[NullJudge]:
    """A judge and its receiver."""
    async with aiohttp.ClientSession() as session, receiving() as receiver:
        judge = NullJudge(arena, receiver, session)
        try:
            yield judge
        finally:
            await judge.close()
