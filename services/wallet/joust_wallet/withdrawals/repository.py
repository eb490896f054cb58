"""All SQL about withdrawals."""

from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.paging import Cursor
from joust_wallet.withdrawals.models import Withdrawal


def add(session: AsyncSession, withdrawal: Withdrawal) -> None:
    """Insert a new withdrawal."""
    session.add(withdrawal)


async def lock(session: AsyncSession, withdrawal_id: UUID) -> Withdrawal:
    """A withdrawal that is known to exist, which nobody else can change until the transaction ends."""
    return await session.get_one(Withdrawal, withdrawal_id, with_for_update=True, populate_existing=True)


async def find(session: AsyncSession, withdrawal_id: UUID) -> Withdrawal | None:
    """A withdrawal that is maybe not known."""
    return await session.get(Withdrawal, withdrawal_id)


async def list_of(
    session: AsyncSession, account_id: UUID, limit: int, after: Cursor | None
) -> list[Withdrawal]:
    """The account's withdrawals, newest first; at most ``limit``."""
    own = select(Withdrawal).where(col(Withdrawal.account_id) == account_id)
    if after is not None:
        place = tuple_(col(Withdrawal.created_at), col(Withdrawal.id))
        own = own.where(place < tuple_(after.moment, after.id))
    newest_first = own.order_by(col(Withdrawal.created_at).desc(), col(Withdrawal.id).desc())
    return list(await session.scalars(newest_first.limit(limit)))
