"""Wakes whoever waits for news of a subject when something happened to it.

A wake-up carries nothing: who is woken reads the state, so that wake-ups may come twice, be lost, or be many
at once, and cost no memory.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterator
from types import TracebackType
from typing import NamedTuple, Self
from uuid import UUID

from joust_contracts.events import EvaluationStarted, Event, EventData, LeaderboardChanged
from joust_contracts.events.audience import accounts_told_of
from joust_contracts.events.competition_submissions import CompetitionSubmissionEvent
from joust_contracts.events.competitions import CompetitionEntryEvent, CompetitionEvent
from joust_contracts.events.drops import DropEvent
from joust_contracts.events.submissions import SubmissionEvent
from joust_contracts.events.tasks import TaskEvent
from joust_kit.errors import Unavailable

_SPREAD_SECONDS = 1.0


class LeaderboardOf(NamedTuple):
    """A task's leaderboard as a subject."""

    task_id: UUID


class QuotaOf(NamedTuple):
    """What an account has used on a task, as a subject."""

    task_id: UUID
    account_id: UUID


class EventsOf(NamedTuple):
    """What an account is told, as a subject; it is in the account's log a moment later."""

    account_id: UUID


Subject = UUID | LeaderboardOf | QuotaOf | EventsOf
"""What may be waited for: a submission, a task, a drop or a competition by its id, a leaderboard,
a quota, an account's events."""


class Listener:
    """One place in the hub."""

    def __init__(self, hub: "Hub", subject: Subject) -> None:
        self._hub = hub
        self._subject = subject
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Something happened."""
        self._woken.set()

    async def wait(self, timeout_seconds: float) -> bool:
        """True as soon as something happened since the last call, false after ``timeout_seconds``."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    @property
    def must_end(self) -> bool:
        """True once the process is to stop; the client comes again and finds another."""
        return self._hub.is_closed

    def close(self) -> None:
        """Leave the hub; twice is once."""
        self._hub.leave(self._subject, self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Hub:
    """All who wait in this process, by what they wait for."""

    def __init__(self, max_open: int) -> None:
        self._max_open = max_open
        self._listeners: dict[Subject, set[Listener]] = defaultdict(set)
        self._open = 0
        self.is_closed = False

    def close(self) -> None:
        """End all waiting, because the process is to stop."""
        self.is_closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    @property
    def open_count(self) -> int:
        """How many listen."""
        return self._open

    def listen(self, subject: Subject) -> Listener:
        """Be woken from now on. Raises ``Unavailable`` if too many listen."""
        if self._open >= self._max_open:
            raise Unavailable("Too many streams are open. Poll instead, or try again in a moment.")
        listener = Listener(self, subject)
        self._listeners[subject].add(listener)
        self._open += 1
        return listener

    def leave(self, subject: Subject, listener: Listener) -> None:
        """Forget a listener."""
        listeners = self._listeners.get(subject, set())
        if listener not in listeners:
            return
        listeners.remove(listener)
        self._open -= 1
        if not listeners:
            del self._listeners[subject]

    def wake_all(self) -> None:
        """Wake everybody within ``_SPREAD_SECONDS``: something may have happened that nobody heard of."""
        loop = asyncio.get_running_loop()
        for listeners in self._listeners.values():
            for listener in listeners:
                loop.call_later(random.uniform(0, _SPREAD_SECONDS), listener.wake)  # noqa: S311 - spreads load

    async def tell(self, event: Event[EventData]) -> None:
        """Wake whoever waits for what ``event`` is about."""
        for subject in _subjects_of(event.data):
            for listener in self._listeners.get(subject, ()):
                listener.wake()


def _subjects_of(data: EventData) -> Iterator[Subject]:
    yield from map(EventsOf, accounts_told_of(data))
    if isinstance(data, SubmissionEvent):
        yield data.submission.id
        yield QuotaOf(data.submission.task_id, data.submission.account_id)
    elif isinstance(data, EvaluationStarted):
        yield data.submission.id
    elif isinstance(data, TaskEvent):
        yield data.task.id
        yield LeaderboardOf(data.task.id)
    elif isinstance(data, DropEvent):
        yield data.drop.id
    elif isinstance(data, CompetitionEvent):
        yield data.competition.id
    elif isinstance(data, CompetitionEntryEvent):
        yield data.entry.competition_id
    elif isinstance(data, CompetitionSubmissionEvent):
        yield data.submission.competition_id
    elif isinstance(data, LeaderboardChanged):
        yield LeaderboardOf(data.task_id)
