"""One request or message, one transaction.

The unit of work is opened and committed by the edge alone (the HTTP route, the consumer, a job).
Events that were emitted in it are written to the outbox just before the commit, in one statement.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import Event, EventData
from joust_kit.clock import Clock
from joust_kit.database.tables import KitTables
from joust_kit.errors import Invalid
from joust_kit.ids import Ids
from joust_kit.messaging.envelope import encode

if TYPE_CHECKING:
    from joust_kit.jobs import Job, JobQueue

D = TypeVar("D", bound=EventData)
B = TypeVar("B", bound=BaseModel)


MAX_EVENT_BYTES = 890_000
"""Kafka takes 1 MB at once (``message.max.bytes``), and the relay leaves room for headers in its batches. One
larger row would hold up all others for ever, so it must not get into the outbox."""


class EventTooLarge(Invalid):
    """What the request would change is too large for an event."""

    message = "That is more than can be told in one event; make it smaller."


class _OutboxRow(NamedTuple):
    topic: str
    ordering_key: UUID
    headers: dict[str, str]
    value: bytes


class _KeptAnswer(NamedTuple):
    scope_hash: bytes
    status: int
    body: bytes


class UnitOfWork:
    """A transaction with what belongs to it: the session, the time, new ids, events, jobs."""

    def __init__(
        self,
        session: AsyncSession,
        tables: KitTables,
        *,
        clock: Clock,
        ids: Ids,
        jobs: "JobQueue | None" = None,
        correlation_id: str | None = None,
        silent: bool = False,
    ) -> None:
        """``silent``: drop emitted events and scheduled jobs; a rebuild repeats effects, not news."""
        self.session = session
        self.clock = clock
        self.ids = ids
        self.correlation_id = correlation_id
        self._tables = tables
        self._jobs = jobs
        self._silent = silent
        self._rows: list[_OutboxRow] = []
        self._answer: _KeptAnswer | None = None
        self.after_commit: list[Callable[[], None]] = []
        """For what this process remembers; may be lost in a crash, so never for an effect."""

    @property
    def now(self) -> datetime:
        """The present moment in UTC."""
        return self.clock.now()

    @property
    def silent(self) -> bool:
        """True in a rebuild: what was done once is not done to the outside again."""
        return self._silent

    @property
    def has_events(self) -> bool:
        """True if the commit will leave something for the relay."""
        return bool(self._rows)

    def new_id(self) -> UUID:
        """A fresh UUIDv7."""
        return self.ids.new()

    def emit(self, data: D) -> None:
        """Tell a fact. It is in Kafka some time after the commit, and never if there is no commit.

        Raises ``EventTooLarge``.

        Call it while holding the aggregate's row lock, so that the order of facts is that of commits.
        """
        event = Event[type(data)].of(  # type: ignore[misc]
            data, id=self.ids.new(), time=self.clock.now(), correlation_id=self.correlation_id
        )
        headers, value = encode(event)
        self.emit_raw(data.source.topic, event.ordering_key, headers, value)

    def emit_raw(self, topic: str, ordering_key: UUID, headers: dict[str, str], value: bytes) -> None:
        """Leave a message for the relay as it is. Raises ``EventTooLarge``."""
        if len(value) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"A change of {len(value)} bytes is more than can be told; make it smaller.")
        if not self._silent:
            self._rows.append(_OutboxRow(topic, ordering_key, headers, value))

    def keep_answer(self, scope_hash: bytes, status: int, body: bytes) -> None:
        """Store the answer with the idempotency key that this transaction has claimed."""
        self._answer = _KeptAnswer(scope_hash, status, body)

    def mark_events(self) -> int:
        """A place to which ``drop_events_since`` can return, for the start of a savepoint."""
        return len(self._rows)

    def drop_events_since(self, mark: int) -> None:
        """Forget the events of a savepoint that was rolled back."""
        del self._rows[mark:]

    async def schedule(
        self,
        job: "Job[B]",
        body: B,
        *,
        at: datetime | None = None,
        delay: timedelta | None = None,
        timer_id: str | None = None,
    ) -> None:
        """Have ``job`` run after the commit: at once, ``at`` a moment, or after a ``delay``.

        With ``timer_id`` a second call for the same job and id changes nothing while the first waits or runs.
        """
        if self._silent:
            return
        if self._jobs is None:
            raise RuntimeError("this unit of work was opened without jobs")
        await self._jobs.publish(
            self.session,
            job,
            body,
            at=at,
            delay=delay,
            timer_id=timer_id,
            correlation_id=self.correlation_id,
        )

    async def schedule_all(self, job: "Job[B]", bodies: Sequence[B]) -> None:
        """Have ``job`` run once for each of ``bodies`` after the commit; one statement for all."""
        if self._silent or not bodies:
            return
        if self._jobs is None:
            raise RuntimeError("this unit of work was opened without jobs")
        await self._jobs.publish_all(self.session, job, bodies)

    async def cancel(self, job: "Job[Any]", timer_id: str) -> None:
        """Forget a timer that has not yet begun to run."""
        if self._jobs is not None and not self._silent:
            await self._jobs.cancel(self.session, job, timer_id)

    async def flush(self) -> None:
        """Write what the edge is about to commit."""
        await self.session.flush()
        if self._rows or self._answer:
            schema = str(self._tables.metadata.schema)
            last = _last_statement(schema, events=bool(self._rows), answer=bool(self._answer))
            await self.session.execute(last, self._columns())

    def _columns(self) -> dict[str, Any]:
        columns: dict[str, Any] = {} if self._answer is None else self._answer._asdict()
        if self._rows:
            columns["topics"] = [row.topic for row in self._rows]
            columns["keys"] = [row.ordering_key for row in self._rows]
            columns["headers"] = [json.dumps(row.headers) for row in self._rows]
            columns["values"] = [row.value for row in self._rows]
        return columns


def channel_of(tables: KitTables) -> str:
    """NOTIFY channel that wakes the relay of a schema."""
    return f"{tables.metadata.schema}_outbox"


@lru_cache
def _last_statement(schema: str, *, events: bool, answer: bool) -> TextClause:
    """The events of a transaction, the relay's wake-up call and the answer to keep, in one round trip."""
    keep = f"""
        UPDATE {schema}.idempotency_keys SET status = CAST(:status AS integer), body = CAST(:body AS bytea)
        WHERE scope_hash = CAST(:scope_hash AS bytea)
        """  # noqa: S608 - the schema's name is a constant of ours
    if not events:
        return text(keep)
    return text(
        f"""
        WITH written AS (
            INSERT INTO {schema}.outbox (topic, ordering_key, headers, value)
            SELECT topic, ordering_key, CAST(headers AS jsonb), value
            FROM unnest(
                CAST(:topics AS text[]), CAST(:keys AS uuid[]),
                CAST(:headers AS text[]), CAST(:values AS bytea[])
            ) WITH ORDINALITY AS rows (topic, ordering_key, headers, value, position)
            ORDER BY position
            RETURNING id
        )
        {f", kept AS ({keep})" if answer else ""}
        SELECT pg_notify('{schema}_outbox', '') FROM written LIMIT 1
        """  # noqa: S608 - the schema's name is a constant of ours
    )
