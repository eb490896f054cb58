"""Wakes the open streams of a submission when something happened to it.

A wake-up carries nothing: the stream reads the state, so that wake-ups may come twice, be lost, or be many
at once, and a slow reader costs no memory.
"""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Self
from uuid import UUID

from joust_contracts.events import EvaluationStarted, Event, EventData
from joust_contracts.events.submissions import SubmissionEvent
from joust_kit.errors import Unavailable


class Listener:
    """One open stream's place in the hub."""

    def __init__(self, hub: "Hub", subject: UUID) -> None:
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
    """All open streams of this process, by what they watch."""

    def __init__(self, max_open: int) -> None:
        self._max_open = max_open
        self._listeners: dict[UUID, set[Listener]] = defaultdict(set)
        self._open = 0
        self.is_closed = False

    def close(self) -> None:
        """End all streams, because the process is to stop."""
        self.is_closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()

    @property
    def open_count(self) -> int:
        """How many streams are open."""
        return self._open

    def listen(self, subject: UUID) -> Listener:
        """Be woken from now on. Raises ``Unavailable`` if too many streams are open."""
        if self._open >= self._max_open:
            raise Unavailable("Too many streams are open. Poll instead, or try again in a moment.")
        listener = Listener(self, subject)
        self._listeners[subject].add(listener)
        self._open += 1
        return listener

    def leave(self, subject: UUID, listener: Listener) -> None:
        """Forget a listener."""
        listeners = self._listeners.get(subject, set())
        if listener not in listeners:
            return
        listeners.remove(listener)
        self._open -= 1
        if not listeners:
            del self._listeners[subject]

    async def tell(self, event: Event[EventData]) -> None:
        """Wake whoever watches the submission that ``event`` is about."""
        if isinstance(event.data, SubmissionEvent | EvaluationStarted):
            for listener in self._listeners.get(event.data.submission.id, ()):
                listener.wake()
