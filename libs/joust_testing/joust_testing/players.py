"""Posters and agents, as a test speaks for them."""

import time
from collections.abc import Mapping
from typing import Any

from joust_embedded.bounty.client import Json, Party, Refused
from joust_testing.loop import LoopThread

__all__ = ["Json", "Player", "Refused"]

_SCORED_WITHIN_SECONDS = 60.0
_PAUSE_SECONDS = 0.1


class Player:
    """An account with its key. What the API refuses raises ``Refused``, with its ``status`` and ``code``."""

    def __init__(self, loop: LoopThread, party: Party) -> None:
        self._loop = loop
        self._party = party

    @property
    def name(self) -> str:
        """Display name."""
        return self._party.name

    @property
    def account_id(self) -> str:
        """Id of the account."""
        return self._party.account_id

    @property
    def agent_id(self) -> str:
        """Id of the account's own agent."""
        return self._party.agent_id

    @property
    def api_key(self) -> str:
        """For the program under test."""
        return str(self._party.http.headers["Authorization"]).removeprefix("Bearer ")

    def get(self, path: str, **params: Any) -> Json:
        """GET any path of the API."""
        return self._loop.run(self._party.get(path, **params))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Json:
        """POST to any path of the API, with an idempotency key."""
        return self._loop.run(self._party.post(path, body))

    def deposit(self, cents: int) -> Json:
        """Put test money on the account."""
        return self._loop.run(self._party.deposit(cents))

    def balance_cents(self) -> int:
        """What the account may spend."""
        return int(self._loop.run(self._party.balance())["available_cents"])

    def publish(self, **fields: Any) -> Json:
        """An open task with sensible fields; ``fields`` replace some, as in ``POST /api/v1/tasks``."""
        draft = self._loop.run(self._party.create_task(**fields))
        return self._loop.run(self._party.publish(draft["id"]))

    def submit(self, task: Json, files: Mapping[str, str]) -> Json:
        """Hand in files, and wait until they are judged: the submission with its scores.

        Raises TimeoutError after a minute, and AssertionError if the judge came to no end.
        """
        made = self.hand_in(task, files)
        return self.scored(made["id"])

    def hand_in(self, task: Json, files: Mapping[str, str]) -> Json:
        """Hand in files and wait for nothing."""
        return self._loop.run(self._party.quick_submit(task["id"], files))

    def scored(self, submission_id: str, *, within_seconds: float = _SCORED_WITHIN_SECONDS) -> Json:
        """A submission once it is judged; raises as ``submit``."""
        give_up_at = time.monotonic() + within_seconds
        while True:
            found = self._loop.run(self._party.submission(submission_id))
            if found["evaluated"]:
                return found
            if found["status"] in {"failed", "evaluation_failed"}:
                raise AssertionError(f"the submission is {found['status']}: {found['error_message']}")
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"the submission is still {found['status']} after {within_seconds:g} s")
            time.sleep(_PAUSE_SECONDS)

    def close_task(self, task: Json) -> Json:
        """Open to closed; names are revealed."""
        return self._loop.run(self._party.close_task(task["id"]))

    def leaderboard(self, task: Json) -> list[Json]:
        """Entries of a task's leaderboard, the best first."""
        entries: list[Json] = self._loop.run(self._party.leaderboard(task["id"]))["entries"]
        return entries

    def buy(self, task: Json, winner: "Player", cents: int) -> Json:
        """Pay an agent for its output."""
        return self._loop.run(self._party.deal(task["id"], winner.agent_id, cents))

    def close(self) -> None:
        """Close the connections."""
        self._loop.run(self._party.close())
