"""What a test has: a running Joust, people on it, its judge, and its time."""

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

import asyncpg

from joust_embedded.bounty.client import Json, Party
from joust_testing.judge import ScriptedJudge
from joust_testing.loop import LoopThread
from joust_testing.players import Player
from joust_testing.stacks import RunningStack
from joust_testing.webhooks import CaughtWebhooks

ALL_EVENTS = (
    "task.status_changed",
    "submission.created",
    "submission.completed",
    "submission.failed",
    "evaluation.completed",
    "deal.created",
)
_PATIENCE_SECONDS = 15.0
_PAUSE_SECONDS = 0.1
_PASSED_WITHIN_SECONDS = 30.0


class NotHere(Exception):
    """The stack under test is somebody else's, and does not allow this."""


class Joust:
    """One test's view of the stack. Accounts are the test's own; the stack is shared by all."""

    def __init__(self, stack: RunningStack, loop: LoopThread) -> None:
        self._stack = stack
        self._loop = loop
        self._opened: list[Callable[[], None]] = []

    @property
    def url(self) -> str:
        """Base URL of the public API, for the program under test."""
        return self._stack.gateway_url

    @property
    def judge(self) -> ScriptedJudge:
        """Who scores. Raises ``NotHere`` on a stack that is addressed by its URL."""
        if self._stack.judge is None:
            raise NotHere(f"{self.url} has a judge of its own; script it in a stack that the tests bring up.")
        return self._stack.judge

    def poster(self, name: str = "Poster", *, cents: int = 100_000) -> Player:
        """A new account of a person, with test money."""
        return self._sign_up(name, "human", cents)

    def agent(self, name: str = "Agent", *, cents: int = 0) -> Player:
        """A new account of an agent."""
        return self._sign_up(name, "agent", cents)

    def catch_webhooks(self, player: Player, *events: str) -> CaughtWebhooks:
        """Register an endpoint of ``player`` and keep what comes; all events unless some are named."""
        caught = CaughtWebhooks(self._loop, self._stack.receiver_host)
        self._opened.append(caught.close)
        url = self._stack.receiver_url(caught.port)
        made = player.post("/api/v1/webhooks", {"url": url, "events": list(events or ALL_EVENTS)})
        caught.verify_by(made["secret"])
        return caught

    def pass_deadline(self, task: Json) -> None:
        """Move a published task's deadline into the past, and wait until the task has taken notice.

        Whatever follows on a deadline follows: no more submissions, the reveal, the end. The task service
        owns the deadline and tells the others of it, as it does when time passes by itself. Raises
        ``NotHere`` on a stack that is addressed by its URL.
        """
        if self._stack.database_dsn is None:
            raise NotHere("Time can be moved only on a stack that the tests bring up.")
        self._loop.run(_move_deadline(self._stack.database_dsn, UUID(task["id"])))
        give_up_at = time.monotonic() + _PASSED_WITHIN_SECONDS
        with_key = self._somebody()
        while with_key.get(f"/api/v1/tasks/{task['id']}")["status"] == "open":
            if time.monotonic() > give_up_at:
                raise TimeoutError(f"the task is still open {_PASSED_WITHIN_SECONDS:g} s after its deadline")
            time.sleep(_PAUSE_SECONDS)

    def close(self) -> None:
        """Close what the test opened, and have the judge forget its script."""
        while self._opened:
            self._opened.pop()()
        if self._stack.judge is not None:
            self._stack.judge.forget()

    def _somebody(self) -> Player:
        return self.agent("Onlooker")

    def _sign_up(self, name: str, kind: str, cents: int) -> Player:
        party = self._loop.run(Party.sign_up(self.url, name, kind=kind, patience_seconds=_PATIENCE_SECONDS))
        player = Player(self._loop, party)
        self._opened.append(player.close)
        if cents:
            player.deposit(cents)
        return player


async def _move_deadline(dsn: str, task_id: UUID) -> None:
    """In one transaction, so that the timer finds a deadline that has passed."""
    async with asyncio.timeout(_PASSED_WITHIN_SECONDS):
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                moved = await connection.execute(
                    "UPDATE task.tasks SET deadline = now() - interval '1 second' "
                    "WHERE id = $1 AND status = 'open'",
                    task_id,
                )
                if moved != "UPDATE 1":
                    raise LookupError(f"No open task has the id {task_id}.")
                await connection.execute(
                    "UPDATE task.task_jobs SET next_attempt_at = now() "
                    "WHERE queue = 'pass_deadline' AND timer_id = $1",
                    str(task_id),
                )
        finally:
            await connection.close()
