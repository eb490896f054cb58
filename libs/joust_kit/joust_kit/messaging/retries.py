"""Events that could not be handled: set aside, tried again in order for their key, and at last given up.

Setting an event aside lets the partition go on. Only later events of the same key wait behind it. After
``handler_max_attempts`` it goes to the service's dead-letter topic with its error, and its key goes on.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from joust_kit.background import backoff_seconds
from joust_kit.database.database import Database
from joust_kit.database.failures import is_too_slow, is_unavailable
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.messaging.dead_letters import dead_letter_headers, fit_for_kafka
from joust_kit.messaging.envelope import DeadLetterReason, Message, UnreadableEvent, decode
from joust_kit.messaging.inbox import Inbox, message_id, ordering_key
from joust_kit.observability.logging import get_logger
from joust_kit.observability.metrics import EVENTS_HANDLED
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

_IDLE_POLL_SECONDS = 1.0
_DUE_AT_ONCE = 20
_RETRY_TIMEOUT_FACTOR = 4
"""A retry holds up nobody else, so it may take longer than the first attempt."""


@dataclass(frozen=True)
class Retries:
    """The service's table of events that wait to be tried again."""

    inbox: Inbox
    database: Database
    settings: ServiceSettings

    async def set_aside(self, message: Message, error: str, *, attempts: int) -> None:
        """Keep ``message`` for another try. ``attempts`` is 0 for one that only waits behind another."""
        delay = self._delay(attempts) if attempts else timedelta()
        if __debug__:
            failpoint("after_failure_before_setting_aside")
        async with self.database.transaction() as unit:
            await self._insert(unit, message, error, attempts, delay)
        if __debug__:
            failpoint("after_setting_aside_before_offsets")
        EVENTS_HANDLED.labels(message.wire_type, "set_aside").inc()

    async def give_up(self, message: Message, reason: DeadLetterReason, error: str) -> None:
        """Send a message that no try would help straight to the dead-letter topic."""
        if __debug__:
            failpoint("after_refusal_before_dead_letter")
        async with self.database.transaction() as unit:
            if await self.inbox.mark(unit, message_id(message)):
                self._bury(unit, message, reason, error, attempts=1)
        if __debug__:
            failpoint("after_dead_letter_before_offsets")

    async def run(self) -> None:
        """Try what is due, for ever. Run it as a background loop."""
        while True:
            if not await self.try_due():
                await asyncio.sleep(_IDLE_POLL_SECONDS / 5 if await self._any() else _IDLE_POLL_SECONDS)

    async def try_due(self) -> int:
        """Try the first due event of each key once; returns how many were tried."""
        keys = await self._due_keys()
        for key in keys:
            await self._try_first(key)
        return len(keys)

    async def _any(self) -> bool:
        async with self.database.reading() as session:
            return bool(await session.scalar(select(exists().where(self.database.tables.retries.c.id > 0))))

    async def _due_keys(self) -> list[int]:
        retries = self.database.tables.retries
        earlier = retries.alias("earlier")
        is_first = ~exists().where(
            and_(earlier.c.ordering_key == retries.c.ordering_key, earlier.c.id < retries.c.id)
        )
        due = select(retries.c.id).where(retries.c.next_attempt_at <= func.now(), is_first)
        async with self.database.reading() as session:
            rows = await session.scalars(due.order_by(retries.c.next_attempt_at).limit(_DUE_AT_ONCE))
            return list(rows)

    async def _try_first(self, retry_id: int) -> None:
        retries = self.database.tables.retries
        async with self.database.transaction() as lock:
            await self.inbox.wait_for_no_rebuild(lock)
            locked = await lock.session.execute(
                select(retries).where(retries.c.id == retry_id).with_for_update(skip_locked=True)
            )
            row = locked.first()
            if row is None:
                return
            message = _message_of(row)
            if __debug__:
                failpoint("after_retry_taken_before_effect")
            try:
                await self._handle(lock, message)
            except UnreadableEvent as error:
                await self._end(lock, row, message, error.reason, str(error))
            except Exception as error:
                if is_unavailable(error) and not is_too_slow(error):
                    raise
                await self._failed(lock, row, message, repr(error))
                return
            if __debug__:
                failpoint("after_retried_effect_before_removal")
            await lock.session.execute(delete(retries).where(retries.c.id == retry_id))

    async def _handle(self, lock: UnitOfWork, message: Message) -> None:
        """Effect, mark and removal from the table ride in one transaction; a failure undoes the effect."""
        event = decode(message, self.inbox.subscriptions.event_types)
        before = lock.mark_events()
        limit = self.settings.handler_timeout_seconds * _RETRY_TIMEOUT_FACTOR
        try:
            async with asyncio.timeout(limit), lock.session.begin_nested():
                if await self.inbox.mark(lock, event.id):
                    await self.inbox.run_handlers(event, lock)
        except BaseException:
            lock.drop_events_since(before)
            raise
        EVENTS_HANDLED.labels(event.type, "handled_on_retry").inc()

    async def _failed(self, lock: UnitOfWork, row: Row[Any], message: Message, error: str) -> None:
        retries = self.database.tables.retries
        attempts = row.attempts + 1
        if __debug__:
            failpoint("after_failed_retry_before_its_count")
        log.warning("event failed again", event_id=str(row.event_id), attempts=attempts, error=error)
        if attempts < self.settings.handler_max_attempts:
            again = update(retries).where(retries.c.id == row.id)
            due = func.now() + self._delay(attempts)
            await lock.session.execute(again.values(attempts=attempts, last_error=error, next_attempt_at=due))
            return
        await self._end(lock, row, message, "too_many_attempts", error)
        await lock.session.execute(delete(retries).where(retries.c.id == row.id))

    async def _end(
        self, lock: UnitOfWork, row: Row[Any], message: Message, reason: DeadLetterReason, error: str
    ) -> None:
        """Give an event up after its last attempt."""
        self._bury(lock, message, reason, error, row.attempts + 1)
        if __debug__:
            failpoint("after_last_retry_before_commit")
        # Marked as handled, so that Kafka delivering it again does not start over; a re-drive unmarks it.
        await self.inbox.mark(lock, row.event_id)

    def _bury(
        self, unit: UnitOfWork, message: Message, reason: DeadLetterReason, error: str, attempts: int
    ) -> None:
        log.error("event given up", event_type=message.wire_type, reason=reason, error=error)
        headers = dead_letter_headers(message, reason, error, attempts, unit.now)
        topic = self.inbox.subscriptions.service.dead_letter_topic
        unit.emit_raw(topic, ordering_key(message), headers, fit_for_kafka(message.value))
        EVENTS_HANDLED.labels(message.wire_type, "given_up").inc()

    async def _insert(
        self, unit: UnitOfWork, message: Message, error: str, attempts: int, delay: timedelta
    ) -> None:
        row = insert(self.database.tables.retries).values(
            event_id=message_id(message),
            ordering_key=ordering_key(message),
            topic=message.topic,
            headers=message.headers,
            value=message.value,
            attempts=attempts,
            last_error=error[:2000],
            next_attempt_at=func.now() + delay,
        )
        await unit.session.execute(row.on_conflict_do_nothing(index_elements=["event_id"]))

    async def put_back(self, unit: UnitOfWork, message: Message) -> None:
        """Queue a dead letter to be handled as if it had just come."""
        await self.inbox.forget(unit, message_id(message))
        await self._insert(unit, message, "re-driven", 0, timedelta())

    def _delay(self, attempts: int) -> timedelta:
        settings = self.settings
        return timedelta(
            seconds=backoff_seconds(
                attempts, settings.handler_retry_first_delay_seconds, settings.handler_retry_max_delay_seconds
            )
        )


def _message_of(row: Row[Any]) -> Message:
    key: UUID = row.ordering_key
    return Message(row.topic, 0, 0, key.bytes, dict(row.headers), bytes(row.value))
