"""All SQL about endpoints."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_webhook.endpoints.models import Endpoint

_LOCK_CLASS = 0x656E6470
"""First half of the advisory locks that are taken for endpoints."""


async def lock_endpoints_of(session: AsyncSession, account_id: UUID) -> None:
    """Until the transaction ends nobody else can register endpoints for the account.

    An advisory lock, because an account has no row here; two accounts with one hash only wait.
    """
    await session.execute(select(func.pg_advisory_xact_lock(_LOCK_CLASS, func.hashtext(str(account_id)))))


async def count_active(session: AsyncSession, account_id: UUID) -> int:
    """How many endpoints of the account take deliveries."""
    mine = select(func.count()).where(col(Endpoint.account_id) == account_id, col(Endpoint.active))
    return int(await session.scalar(mine) or 0)
