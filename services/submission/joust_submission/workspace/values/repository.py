"""All SQL about values."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_submission.workspace.models import Value
from joust_submission.workspace.repository import end_of


class Entry(NamedTuple):
    """A value without the value."""

    key: str
    size_bytes: int
    created_at: datetime
    updated_at: datetime


_ENTRY = (col(Value.key), col(Value.size_bytes), col(Value.created_at), col(Value.updated_at))


async def find(session: AsyncSession, account_id: UUID, key: str) -> Value | None:
    """The value under a key."""
    return await session.get(Value, (account_id, key))


async def size_of(session: AsyncSession, account_id: UUID, key: str) -> int | None:
    """Bytes of the value under a key, if there is one."""
    size: int | None = await session.scalar(
        select(col(Value.size_bytes)).where(col(Value.account_id) == account_id, col(Value.key) == key)
    )
    return size


async def put(session: AsyncSession, value: Value) -> Entry:
    """Write a value; one that was there before keeps the moment at which it was made."""
    made = insert(Value).values(value.model_dump())
    changed = {name: made.excluded[name] for name in ("value_json", "size_bytes", "updated_at")}
    replaced = made.on_conflict_do_update(
        index_elements=[col(Value.account_id), col(Value.key)], set_=changed
    )
    return Entry(*(await session.execute(replaced.returning(*_ENTRY))).one())


async def remove(session: AsyncSession, account_id: UUID, key: str) -> int | None:
    """Delete a value; its bytes, ``None`` if there was none."""
    size: int | None = await session.scalar(
        delete(Value)
        .where(col(Value.account_id) == account_id, col(Value.key) == key)
        .returning(col(Value.size_bytes))
    )
    return size


async def list_of(
    session: AsyncSession, account_id: UUID, *, prefix: str, after: str, limit: int
) -> Sequence[Entry]:
    """Entries behind the key ``after`` whose key begins with ``prefix``, in the order of keys."""
    query = select(*_ENTRY).where(
        col(Value.account_id) == account_id,
        col(Value.key) >= prefix,
        col(Value.key) < end_of(prefix),
        col(Value.key) > after,
    )
    rows = await session.execute(query.order_by(col(Value.key)).limit(limit))
    return [Entry(*row) for row in rows]
