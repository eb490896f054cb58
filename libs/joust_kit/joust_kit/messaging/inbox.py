"""The inbox: an event's effect and the mark that it was handled commit together.

``handle_message`` is the one way in for an event, whether it comes from the consumer, from the table of
retries or from a rebuild.
"""

import asyncio
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from uuid import UUID, uuid5

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import TextClause, and_, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from joust_contracts.events import Event, EventData
from joust_kit.database.database import Database
from joust_kit.database.failures import RebuildInProgress
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.messaging.envelope import Message, decode
from joust_kit.messaging.subscriptions import Subscriptions
from joust_kit.observability.metrics import EVENT_DELAY, EVENTS_HANDLED
from joust_kit.observability.tracing import span

_UNREADABLE_NAMESPACE = UUID("6f1d3c1e-6f0f-5f0a-9d5b-0d6a3a5b7c11")


REBUILD_UNFINISHED = UUID(int=0)
"""In place of an event's id: the projections were emptied and are not whole yet. Should the rebuild die,
events go on waiting until it is run again; handled on half a projection they would tell what is not so."""


class Outcome(StrEnum):
    """What became of a message."""

    HANDLED = "handled"
    DUPLICATE = "duplicate"
    BEHIND_A_RETRY = "behind_a_retry"
    """An earlier event of the same key waits to be tried again; this one must queue up behind it."""


def message_id(message: Message) -> UUID:
    """Id for the inbox: the event's own, or one made from the place of a message that has none."""
    try:
        return UUID(message.headers["ce_id"])
    except (KeyError, ValueError):
        return uuid5(_UNREADABLE_NAMESPACE, f"{message.topic}/{message.partition}/{message.offset}")


def ordering_key(message: Message) -> UUID:
    """The message's key; a message without a proper one is only in order with itself."""
    try:
        return UUID(bytes=message.key) if message.key else message_id(message)
    except ValueError:
        return message_id(message)


@dataclass(frozen=True)
class Inbox:
    """Handles messages of one service, each at most once."""

    database: Database
    subscriptions: Subscriptions

    async def handle_message(
        self, message: Message, *, timeout_seconds: float, silent: bool = False
    ) -> Outcome:
        """Run the handlers and mark the event, in one transaction.

        ``silent`` repeats effects without telling anyone (rebuild).
        Raises ``UnreadableEvent``, ``TimeoutError`` after ``timeout_seconds``, or what a handler raised;
        then nothing was changed.
        """
        event = decode(message, self.subscriptions.event_types)
        with span(f"handle {event.type}", message.headers, SpanKind.CONSUMER):
            async with (
                asyncio.timeout(timeout_seconds),
                self.database.transaction(correlation_id=event.correlation_id, silent=silent) as unit,
            ):
                outcome = await (self._mark_silently if silent else self._mark)(unit, event)
                if outcome is Outcome.HANDLED:
                    if __debug__:
                        failpoint("after_mark_before_effect")
                    await self.run_handlers(event, unit)
                    if __debug__:
                        failpoint("after_effect_before_commit")
        EVENTS_HANDLED.labels(event.type, outcome.value).inc()
        if outcome is Outcome.HANDLED and not silent:
            EVENT_DELAY.labels(event.type).observe((datetime.now(UTC) - event.time).total_seconds())
        return outcome

    async def run_handlers(self, event: Event[EventData], unit: UnitOfWork) -> None:
        """All handlers of the event, in the order of the subscriptions table."""
        with structlog.contextvars.bound_contextvars(event_id=str(event.id), event_type=event.type):
            for handler in self.subscriptions.by_type[event.type]:
                await handler(event, unit)

    async def _mark(self, unit: UnitOfWork, event: Event[EventData]) -> Outcome:
        found = await unit.session.execute(
            _mark_statement(str(self.database.tables.metadata.schema)),
            {"event_id": event.id, "ordering_key": event.ordering_key, "lock": self.rebuild_lock},
        )
        free, marked = found.one()
        if not free:
            raise RebuildInProgress()
        if marked:
            return Outcome.HANDLED
        # A statement of its own: whoever was handling the same event just now may have committed meanwhile.
        known = select(self.database.tables.inbox).where(self.database.tables.inbox.c.event_id == event.id)
        is_known = (await unit.session.execute(known)).first() is not None
        return Outcome.DUPLICATE if is_known else Outcome.BEHIND_A_RETRY

    async def _mark_silently(self, unit: UnitOfWork, event: Event[EventData]) -> Outcome:
        return Outcome.HANDLED if await self.mark(unit, event.id) else Outcome.DUPLICATE

    async def mark(self, unit: UnitOfWork, event_id: UUID) -> bool:
        """Mark an event as dealt with; ``False`` if it was before."""
        mark = insert(self.database.tables.inbox).values(event_id=event_id).on_conflict_do_nothing()
        marked = await unit.session.execute(mark.returning(self.database.tables.inbox.c.event_id))
        return marked.first() is not None

    @property
    def rebuild_lock(self) -> int:
        """Key of the advisory lock that handlers share and a rebuild holds alone."""
        return zlib.crc32(f"rebuild {self.subscriptions.service}".encode())

    async def wait_for_no_rebuild(self, unit: UnitOfWork) -> None:
        """Keep a rebuild from beginning until this transaction ends. Raises ``RebuildInProgress``."""
        inbox = self.database.tables.inbox
        is_whole = ~select(inbox).where(inbox.c.event_id == REBUILD_UNFINISHED).exists()
        is_free = func.pg_try_advisory_xact_lock_shared(self.rebuild_lock)
        if not await unit.session.scalar(select(and_(is_free, is_whole))):
            raise RebuildInProgress()

    async def forget(self, unit: UnitOfWork, event_id: UUID) -> None:
        """Take back the mark of an event that shall be handled again."""
        inbox = self.database.tables.inbox
        await unit.session.execute(delete(inbox).where(inbox.c.event_id == event_id))


@lru_cache
def _mark_statement(schema: str) -> TextClause:
    """Mark an event unless it is known, waits behind a retry, or a rebuild is under way: one round trip."""
    return text(
        f"""
        WITH rebuild AS MATERIALIZED (
            SELECT pg_try_advisory_xact_lock_shared(:lock) AND NOT EXISTS (
                SELECT FROM {schema}.inbox WHERE event_id = '{REBUILD_UNFINISHED}'
            ) AS free
        ),
        marked AS (
            INSERT INTO {schema}.inbox (event_id)
            SELECT CAST(:event_id AS uuid) FROM rebuild
            WHERE free AND NOT EXISTS (
                SELECT FROM {schema}.inbox_retries WHERE ordering_key = CAST(:ordering_key AS uuid)
            )
            ON CONFLICT DO NOTHING
            RETURNING event_id
        )
        SELECT free, EXISTS (SELECT FROM marked) FROM rebuild
        """  # noqa: S608 - the schema's name is a constant of ours
    )
