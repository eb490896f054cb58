"""The clock as a dependency, so that tests and the simulation can set the time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

_LOOK_AGAIN_SECONDS = 15.0
"""Quartz drifts by less than 2 ms in that time; what a suspended machine slept is made up for after it."""
_GOOD_LOOK_SECONDS = 0.02
_LOOKS = 3


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment in UTC."""
        return datetime.now(UTC)


class ToldClock:
    """The clock of a server that dates its answers, for what it compares with it: signatures and expiries.

    Before the first answer it tells the machine's time.
    """

    def __init__(self) -> None:
        self._told: tuple[datetime, float] | None = None

    def now(self) -> datetime:
        """The present moment in UTC, to the second."""
        if self._told is None:
            return datetime.now(UTC)
        moment, stood_at = self._told
        return moment + timedelta(seconds=time.monotonic() - stood_at)

    def hear(self, date: str | None) -> None:
        """Take in the header ``Date`` of an answer (RFC 9110); one that is missing or wrong says nothing."""
        if self._told is not None and time.monotonic() - self._told[1] < _LOOK_AGAIN_SECONDS:
            return
        with suppress(ValueError):
            moment = parsedate_to_datetime(date or "")
            if moment.tzinfo is not None:
                self._told = moment.astimezone(UTC), time.monotonic()


class DatabaseClock:
    """The database's clock, so that all processes agree on what is over, wherever their own clocks stand.

    It is looked at now and then, and carried on by the process's monotonic clock, which nobody sets. It is as
    wrong as half of the quickest of a few looks took. Before the first one it tells the machine's time; no
    transaction begins before that.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]]) -> None:
        """``ask``: what time the database has."""
        self._ask = ask
        self._seen: tuple[datetime, float] | None = None
        """A moment, and where the monotonic clock stood then."""
        self._reached: tuple[datetime, float] | None = None
        """The same of what was reached for certain."""

    @property
    def was_seen(self) -> bool:
        """True once it tells the database's time."""
        return self._seen is not None

    def now(self) -> datetime:
        """The present moment in UTC."""
        if self._seen is None:
            return datetime.fromtimestamp(time.time(), UTC)
        moment, stood_at = self._seen
        return moment + timedelta(seconds=time.monotonic() - stood_at)

    def has_reached(self, moment: datetime) -> None:
        """The database said that it is ``moment`` at least: it hands out no timer too early."""
        self._reached = moment, time.monotonic()
        if self._seen is not None and self.now() < moment:
            self._seen = self._reached

    async def look(self) -> None:
        """Ask the database. Raises what that raises; then it goes on as it did."""
        quickest, first = float("inf"), time.monotonic()
        for _ in range(_LOOKS):
            began = time.monotonic()
            moment = await self._ask()
            took = time.monotonic() - began
            if took < quickest:
                quickest, self._seen = took, (moment, began + took / 2)
            if self._reached is not None and self._reached[1] >= first:
                self.has_reached(self._reached[0])
            if took < _GOOD_LOOK_SECONDS:
                return

    async def keep_right(self) -> None:
        """Look again and again, as a background loop."""
        while True:
            await self.look()
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
