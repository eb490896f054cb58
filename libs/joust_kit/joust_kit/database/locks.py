"""Locks on what has no row, or on more than a row: until the transaction ends nobody else has them.

PostgreSQL's advisory locks have two numbers of 32 bits. The first is the class, one for each purpose, the
second a hash of the id: two ids with one hash only wait for each other.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCK_ALL = text(
    """
    SELECT pg_advisory_xact_lock(CAST(:lock_class AS integer), hash) FROM (
        SELECT DISTINCT hashtext(id) AS hash FROM unnest(CAST(:ids AS text[])) AS given (id) ORDER BY hash
    ) AS hashed
    """
)


async def lock(session: AsyncSession, lock_class: int, id: UUID) -> None:
    """Have the lock of ``id`` until the transaction ends, waiting for whoever has it."""
    await session.execute(select(func.pg_advisory_xact_lock(lock_class, func.hashtext(str(id)))))


async def lock_all(session: AsyncSession, lock_class: int, ids: Collection[UUID]) -> None:
    """Have the locks of all ``ids``, in one round trip, so that nobody meets another crosswise."""
    values = {"lock_class": lock_class, "ids": [str(id) for id in ids]}
    await session.execute(_LOCK_ALL, values)
