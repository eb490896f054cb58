"""All SQL about payout configurations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_wallet.payouts.models import PayoutConfiguration, UsedChallenge
from joust_wallet.payouts.rules import Challenge


async def find(session: AsyncSession, account_id: UUID) -> PayoutConfiguration | None:
    """The account's configuration."""
    return await session.get(PayoutConfiguration, account_id)


async def lock(session: AsyncSession, account_id: UUID) -> PayoutConfiguration | None:
    """The account's configuration, which nobody else can change until the transaction ends."""
    return await session.get(PayoutConfiguration, account_id, with_for_update=True)


async def add(session: AsyncSession, configuration: PayoutConfiguration) -> bool:
    """Write an account's first configuration; false if it has one, which is left as it is."""
    made = insert(PayoutConfiguration).values(configuration.model_dump()).on_conflict_do_nothing()
    return await session.scalar(made.returning(col(PayoutConfiguration.account_id))) is not None


async def use_challenge(session: AsyncSession, challenge: Challenge) -> bool:
    """Use a challenge up; false if it was used before. One statement decides, however many try."""
    used = insert(UsedChallenge).values(
        nonce=challenge.nonce, account_id=challenge.account_id, expires_at=challenge.expires_at
    )
    first = used.on_conflict_do_nothing().returning(col(UsedChallenge.nonce))
    return await session.scalar(first) is not None


async def forget_challenges(session: AsyncSession, account_id: UUID, before: datetime) -> None:
    """Forget what the account used and would be refused for its age."""
    await session.execute(
        delete(UsedChallenge).where(
            col(UsedChallenge.account_id) == account_id, col(UsedChallenge.expires_at) < before
        )
    )
