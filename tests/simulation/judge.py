"""The poster's own judge: it is told of submissions or comes for them, and answers late, twice, wrongly or never."""

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

from tests.simulation.clients import Bounty, Json, Refused

_SHORTEST_PAUSE_SECONDS = 5.0
_LONGEST_PAUSE_SECONDS = 60.0
_SILENT = 0.15
_LATE = 0.25
_LATE_SECONDS = (60.0, 1_200.0)
"""Some of it is longer than a lease, and some of that longer than the time to answer."""
_TWICE = 0.25
_BROKEN = 0.1
"""How likely it says that it can't judge."""
_TOO_LATE = frozenset({"ALREADY_SCORED", "WRONG_STATUS", "LEASE_LOST"})
"""What may become of a verdict that comes late or again."""


class OwnJudge:
    """Judges what is handed in for one bounty, if its poster does so."""

    def __init__(self, bounty: Bounty) -> None:
        self._bounty = bounty
        self._poster = bounty.poster
        self._chance = random.Random(f"judge {bounty.world.seed}")
        self._comes = self._chance.random() < 0.5
        self._told = 0

    async def beside(self, play: Coroutine[Any, Any, None]) -> None:
        """Judge as long as ``play`` goes on; what comes later meets with silence."""
        if not self._bounty.is_judged_by_poster:
            await play
            return
        playing = asyncio.ensure_future(play)
        context = self._poster.process.context()
        judging = asyncio.get_running_loop().create_task(self._judge(playing), context=context)
        await asyncio.gather(playing, judging)

    async def _judge(self, playing: "asyncio.Future[None]") -> None:
        pause = _SHORTEST_PAUSE_SECONDS
        async with asyncio.TaskGroup() as group:
            while not playing.done():
                requests = await self._claimed() if self._comes else self._requested()
                for request in requests:
                    # A late answer keeps it from nothing: it may claim the same again meanwhile.
                    group.create_task(self._answer(request))
                pause = _SHORTEST_PAUSE_SECONDS if requests else min(_LONGEST_PAUSE_SECONDS, 2 * pause)
                await self._poster.pause(pause)

    def _requested(self) -> list[Json]:
        asked = self._bounty.world.receiver.asked
        new, self._told = asked[self._told :], len(asked)
        return new

    async def _claimed(self) -> list[Json]:
        if not self._bounty.is_open:
            return []
        claimed = await self._poster.post(f"/api/v1/tasks/{self._bounty.task_id}/evaluations/claim")
        return [claimed] if claimed else []

    async def _answer(self, request: Json) -> None:
        if self._chance.random() < _SILENT:
            return
        if self._chance.random() < _LATE:
            await self._poster.pause(self._chance.uniform(*_LATE_SECONDS))
        for _ in range(2 if self._chance.random() < _TWICE else 1):
            await self._say(request, self._verdict())

    def _verdict(self) -> Json:
        if self._chance.random() < _BROKEN:
            return {"error_message": "No GPU today."}
        return {"final_score": self._chance.randint(0, 100)}

    async def _say(self, request: Json, verdict: Json) -> None:
        lease = {"lease_id": request["lease_id"]} if self._comes else {}
        body = {"callback_token": request["callback_token"], **lease, **verdict}
        try:
            taken = await self._poster.post(
                f"/api/v1/submissions/{request['submission_id']}/external-score", body
            )
        except Refused as refusal:
            if refusal.code not in _TOO_LATE:
                raise
        else:
            self._bounty.history.verdicts.append((taken["evaluation_id"], verdict.get("final_score")))
