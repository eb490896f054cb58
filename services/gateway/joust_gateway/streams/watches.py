"""What open streams of this process show: each subject is read once for a change, whoever watches it.

A watch lives as long as somebody holds it. It is woken by the hub, and reads now and then without being
woken, in case an event was missed.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from joust_gateway.streams.hub import Hub, Listener, Subject
from joust_gateway.streams.sse import frame, with_fields
from joust_kit.errors import JoustError, Unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_GATHER_SECONDS = 0.05
"""Changes that come so soon after one was read are read together."""
_RETRY_SECONDS = 0.5
_JITTER = (0.5, 1.5)
"""Of the pause before a retry: watches that failed together are not all read together again."""


class State:
    """A subject as one kind of reader sees it, at one version."""

    def __init__(
        self, version: int, body: bytes, *, is_over: bool = False, owner_id: UUID | None = None
    ) -> None:
        """``body``: a JSON object without line breaks. ``owner_id``: who sees more of it than others."""
        self.version = version
        self.body = body
        self.is_over = is_over
        self.owner_id = owner_id
        self._encoded: dict[str, tuple[datetime, bytes]] = {}

    def frame(self, event: str, now: datetime) -> bytes:
        """The event that shows it; all who are told at the same moment share the bytes."""
        known = self._encoded.get(event)
        if known is None or known[0] != now:
            known = now, frame(event, with_fields(self.body, now), (self.version,))
            self._encoded[event] = known
        return known[1]


class Follower(Protocol):
    """Who is told that a watch has something new."""

    def wake(self, now: datetime) -> None:
        """Look at the watch."""


Read = Callable[[], Awaitable[State]]


@dataclass(frozen=True)
class Patience:
    """How long a watch waits."""

    for_news_seconds: float
    """Then it reads without being woken."""
    for_services_seconds: float
    """A service that does not answer for so long is an error."""
    for_opening_seconds: float
    """The same, until there is a state to show."""


class Watch:
    """One subject, as one kind of reader sees it."""

    def __init__(self, key: Hashable, read: Read, patience: Patience, clock: Callable[[], datetime]) -> None:
        self.key = key
        self.state: State | None = None
        self.failure: JoustError | None = None
        self.holders = 0
        self._followers: set[Follower] = set()
        self._read = read
        self._patience = patience
        self._clock = clock
        self._looked = asyncio.Event()
        self._began = 0.0
        self._failing_since: float | None = None

    async def present(self) -> State:
        """The state as last read; waits for the first reading. Raises what the services refuse with."""
        await self._looked.wait()
        if self.failure is not None:
            raise self.failure
        if self.state is None:
            raise Unavailable("The server is about to stop. Try again in a moment.")
        return self.state

    def follow(self, follower: Follower) -> None:
        """Tell of each change from now on."""
        self._followers.add(follower)

    def unfollow(self, follower: Follower) -> None:
        """Tell no more."""
        self._followers.discard(follower)

    async def run(self, listener: Listener) -> None:
        """Keep the state new until it is over or can't be read."""
        self._began = asyncio.get_running_loop().time()
        while not listener.must_end:
            if self._take(await self._look()):
                break
            await asyncio.sleep(_GATHER_SECONDS)
            await listener.wait(self._pause())
        self._looked.set()

    async def _look(self) -> State | JoustError:
        try:
            return await self._read()
        except JoustError as error:
            return error
        except Exception as error:
            log.exception("a watched state could not be read")
            return Unavailable() if self.state is not None else _internal(error)

    def _take(self, seen: State | JoustError) -> bool:
        """True if that was the last state."""
        if isinstance(seen, JoustError):
            if self._may_pass(seen):
                return False
            self.failure = seen
        else:
            self._failing_since = None
            known = self.state
            if known is not None and not _is_news(known, seen):
                return False
            self.state = seen
        self._looked.set()
        now = self._clock()
        for follower in tuple(self._followers):
            follower.wake(now)
        return self.failure is not None or (self.state is not None and self.state.is_over)

    def _pause(self) -> float:
        if self._failing_since is None:
            return self._patience.for_news_seconds
        return _RETRY_SECONDS * random.uniform(*_JITTER)  # noqa: S311 - spreads load, guards nothing

    def _may_pass(self, error: JoustError) -> bool:
        """True for a service that may answer again soon: what one reading met is not told to all who wait."""
        if error.status < 500 or (self.state is None and error.status != Unavailable.status):
            return False
        now = asyncio.get_running_loop().time()
        self._failing_since = self._failing_since or now
        if self.state is None:
            # From the beginning, so that a service that is silent is waited for once.
            return now - self._began < self._patience.for_opening_seconds
        return now - self._failing_since < self._patience.for_services_seconds


def _is_news(known: State, seen: State) -> bool:
    """False for the same again, and for what is older: a projection that is being rebuilt."""
    if seen.version < known.version:
        return False
    return seen.body != known.body or seen.is_over != known.is_over


def _internal(cause: Exception) -> JoustError:
    error = JoustError()
    error.__cause__ = cause
    return error


class Watches:
    """All watches of this process, by what they show and to whom."""

    def __init__(self, hub: Hub, patience: Patience, clock: Callable[[], datetime]) -> None:
        self._hub = hub
        self._patience = patience
        self._clock = clock
        self._watches: dict[Hashable, Watch] = {}
        self._running: dict[Watch, tuple[asyncio.Task[None], Listener]] = {}

    @property
    def count(self) -> int:
        """How many subjects are read."""
        return len(self._running)

    def hold(self, key: Hashable, subject: Subject, read: Read) -> Watch:
        """The watch of this key, begun if there is none; give it back with ``release``.

        Raises ``Unavailable`` if there are too many.
        """
        watch = self._watches.get(key)
        if watch is None:
            # Listens before the first look, so that no change falls between the two.
            listener = self._hub.listen(subject)
            watch = self._watches[key] = Watch(key, read, self._patience, self._clock)
            self._running[watch] = asyncio.create_task(self._keep(watch, listener)), listener
        watch.holders += 1
        return watch

    def release(self, watch: Watch) -> None:
        """End the watch if nobody else holds it."""
        watch.holders -= 1
        if watch.holders == 0 and watch in self._running:
            task, _ = self._running[watch]
            self._forget(watch)
            task.cancel()

    async def _keep(self, watch: Watch, listener: Listener) -> None:
        try:
            await watch.run(listener)
        finally:
            # Whoever comes now begins anew: what is over may begin again, what failed may have recovered.
            self._forget(watch)

    def _forget(self, watch: Watch) -> None:
        if self._watches.get(watch.key) is watch:
            del self._watches[watch.key]
        if watch in self._running:
            _, listener = self._running.pop(watch)
            listener.close()
