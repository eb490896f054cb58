"""Checker: state replayed from events is the live state.

The replay happens in a transaction that is rolled back: the projections of some keys are emptied, filled by
the service's own handlers from what the topics hold, and compared with what was there before.
"""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.clock import SystemClock
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import JoustError
from joust_kit.ids import RandomIds
from joust_kit.messaging.envelope import Message, UnreadableEvent, decode
from joust_kit.messaging.inbox import Inbox
from joust_kit.service import Service
from tests.support.services import database_of, service_of, undone

Rows = set[str]
_KEYS = ("task_id", "account_id", "id")
"""What the topics are keyed by; ``id`` is that of a task."""


async def rebuild_differs(stack: Stack, messages: Sequence[Message], keys: Collection[str]) -> list[str]:
    """What a replay of the events of tasks and accounts ``keys`` has more or less than the live projections."""
    chosen = set(keys)
    wanted = [message for message in messages if message.headers.get("ce_partitionkey") in chosen]
    differences: list[str] = []
    for name in ServiceName:
        service = service_of(stack, name)
        if service.projections:
            differences += await _compare(service, wanted, keys)
    return differences


async def _compare(service: Service, messages: Iterable[Message], keys: Collection[str]) -> list[str]:
    async with database_of(service) as database, undone(database) as session:
        live = await _rows(session, service, keys)
        for table in service.projections:
            delete = text(f"DELETE FROM {service.name}.{table} WHERE {_key(service, table)} = ANY(:keys)")
            await session.execute(delete, {"keys": list(keys)})
        inbox = Inbox(database, service.subscriptions)
        for message in messages:
            if message.wire_type in service.subscriptions.by_type:
                await _replay(inbox, session, message)
        replayed = await _rows(session, service, keys)
    return [f"{service.name}: only live: {row}" for row in sorted(live - replayed)] + [
        f"{service.name}: only replayed: {row}" for row in sorted(replayed - live)
    ]


async def _replay(inbox: Inbox, session: AsyncSession, message: Message) -> None:
    unit = UnitOfWork(session, inbox.database.tables, clock=SystemClock(), ids=RandomIds(), silent=True)
    # What the running service could not take either lies among its dead letters.
    with suppress(UnreadableEvent, JoustError):
        event = decode(message, inbox.subscriptions.event_types)
        async with session.begin_nested():
            await inbox.run_handlers(event, unit)
            await unit.flush()
    session.expunge_all()


async def _rows(session: AsyncSession, service: Service, keys: Collection[str]) -> Rows:
    rows: Rows = set()
    for table in service.projections:
        chosen = text(
            f"SELECT t::text FROM {service.name}.{table} t WHERE {_key(service, table)} = ANY(:keys)"
        )
        rows |= {f"{table}{row}" for row in await session.scalars(chosen, {"keys": list(keys)})}
    return rows


def _key(service: Service, table: str) -> str:
    """The column that names the task, or the account where there is no task."""
    columns = service.tables.metadata.tables[f"{service.name}.{table}"].columns
    return f"{next(name for name in _KEYS if name in columns)}::text"
