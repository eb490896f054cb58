"""All SQL about what keys spent."""

from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.database import locks
from joust_wallet.spending.models import KeySpend
from joust_wallet.spending.rules import Spent

_KEY_LOCKS = 7003
"""Class of the advisory locks on keys that spend."""


async def lock_key(session: AsyncSession, key_id: UUID) -> None:
    """Be the only transaction that spends with the key, until it ends."""
    await locks.lock(session, _KEY_LOCKS, key_id)


async def spent(session: AsyncSession, key_id: UUID, today: date) -> Spent:
    """What the key has spent today, and in all."""
    cents, day = col(KeySpend.spent_cents), col(KeySpend.day)
    sums = select(
        func.coalesce(func.sum(cents).filter(day == today), 0), func.coalesce(func.sum(cents), 0)
    ).where(col(KeySpend.key_id) == key_id)
    of_today, total = (await session.execute(sums)).one()
    return Spent(int(of_today), int(total))


async def add(session: AsyncSession, key_id: UUID, today: date, amount_cents: int) -> None:
    """Note that the key spent more."""
    first = insert(KeySpend).values(key_id=key_id, day=today, spent_cents=amount_cents)
    more = {"spent_cents": col(KeySpend.spent_cents) + amount_cents}
    await session.execute(first.on_conflict_do_update(index_elements=["key_id", "day"], set_=more))
