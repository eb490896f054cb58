"""Rebuilds a service's projections from the topics, while the service runs.

Handlers wait while it lasts (an advisory lock that they share and the rebuild holds alone). The projections
and the inbox marks are emptied, and every event that the service had handled is handled again, without
telling anyone. Those that it had not yet handled, or had set aside, are left to it. A rebuild that was cut
off leaves a mark, and events wait until it is run again.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy import func, insert, select, text

from joust_kit.database.failures import is_unavailable
from joust_kit.failpoints import failpoint
from joust_kit.messaging.bus import Bus, Place
from joust_kit.messaging.envelope import Message, UnreadableEvent
from joust_kit.messaging.inbox import REBUILD_UNFINISHED, message_id
from joust_kit.observability.logging import get_logger
from joust_kit.service import Runtime

log = get_logger(__name__)

_HANDLER_TIMEOUT_SECONDS = 30.0

Progress = Callable[[int, int], None]
Offsets = dict[Place, int]


def _say_nothing(_done: int, _total: int) -> None:
    return


async def rebuild(runtime: Runtime, progress: Progress = _say_nothing) -> int:
    """Empty and refill the projections; returns the number of events that were read.

    ``progress`` is told how many events of how many were read.
    """
    topics = runtime.service.subscriptions.topics
    async with _alone(runtime):
        found = await runtime.bus.committed(runtime.service.subscriptions.group)
        committed = {place: offset for place, offset in found.items() if place[0] in topics}
        all_ends = await runtime.bus.ends(topics)
        ends = {place: end for place, end in all_ends.items() if end and place in committed}
        chosen = await _Choice.make(runtime, committed, ends)
        if __debug__:
            failpoint("after_rebuild_lock_before_emptying")
        await _empty(runtime)
        if __debug__:
            failpoint("after_emptying_before_refilling")
        done = 0
        async for message in _messages(runtime.bus, dict.fromkeys(ends, 0), ends):
            done += 1
            if chosen.includes(message):
                await _handle(runtime, message)
                if __debug__:
                    failpoint("after_one_event_refilled")
            if done % 500 == 0:
                progress(done, sum(ends.values()))
        await _finish(runtime)
        progress(done, sum(ends.values()))
        return done


class _Choice:
    """Which events had been handled when the rebuild began."""

    def __init__(self, committed: Offsets, handled_later: set[UUID], set_aside: set[UUID]) -> None:
        self._committed = committed
        self._handled_later = handled_later
        self._set_aside = set_aside

    @classmethod
    async def make(cls, runtime: Runtime, committed: Offsets, ends: Offsets) -> "_Choice":
        """Offsets are committed after a batch; of the events behind them, the inbox knows which count."""
        later = [message_id(message) async for message in _messages(runtime.bus, committed, ends)]
        tables = runtime.database.tables
        async with runtime.database.reading() as session:
            marked = select(tables.inbox.c.event_id).where(tables.inbox.c.event_id.in_(later))
            handled_later = set(await session.scalars(marked))
            set_aside = set(await session.scalars(select(tables.retries.c.event_id)))
        return cls(committed, handled_later, set_aside)

    def includes(self, message: Message) -> bool:
        id = message_id(message)
        if id in self._set_aside:
            return False
        place = (message.topic, message.partition)
        return message.offset < self._committed[place] or id in self._handled_later


async def _messages(bus: Bus, begin: Offsets, ends: Offsets) -> AsyncIterator[Message]:
    """Messages of each partition from ``begin`` to ``ends``, one partition after the other."""
    for place, end in ends.items():
        async for message in bus.history(place, begin[place], end):
            yield message


async def _handle(runtime: Runtime, message: Message) -> None:
    if not runtime.service.subscriptions.wants(message.wire_type):
        return
    try:
        await runtime.inbox.handle_message(message, timeout_seconds=_HANDLER_TIMEOUT_SECONDS, silent=True)
    except UnreadableEvent as error:
        log.warning("unreadable event passed over", reason=error.reason, offset=message.offset)
        async with runtime.database.transaction() as unit:
            await runtime.inbox.mark(unit, message_id(message))
    except Exception as error:
        if is_unavailable(error):
            raise
        # It failed before, or does now: the running service tries it again and gives it up in the end.
        await runtime.retries.set_aside(message, repr(error), attempts=1)


@asynccontextmanager
async def _alone(runtime: Runtime) -> AsyncIterator[None]:
    """Nobody handles an event of this service while the block lasts; the lock falls with the connection."""
    lock = select(func.pg_advisory_lock(runtime.inbox.rebuild_lock))
    unlock = select(func.pg_advisory_unlock(runtime.inbox.rebuild_lock))
    async with runtime.database.reading() as session:
        await session.execute(lock)
        try:
            yield
        finally:
            await session.execute(unlock)


async def _empty(runtime: Runtime) -> None:
    schema = runtime.service.name.value
    tables = [*runtime.service.projections, "inbox"]
    async with runtime.database.transaction() as unit:
        await unit.session.execute(text("TRUNCATE " + ", ".join(f"{schema}.{table}" for table in tables)))
        # Never old, so that no maintenance takes it away.
        unfinished = {"event_id": REBUILD_UNFINISHED, "handled_at": text("'infinity'")}
        await unit.session.execute(insert(runtime.database.tables.inbox).values(unfinished))


async def _finish(runtime: Runtime) -> None:
    async with runtime.database.transaction() as unit:
        await runtime.inbox.forget(unit, REBUILD_UNFINISHED)
