"""All SQL about endpoints."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_kit.database import locks
from joust_kit.paging import Cursor
from joust_webhook.endpoints.models import Endpoint, OldSecret

_LOCK_CLASS = 0x656E6470
"""First half of the advisory locks that are taken for endpoints."""


async def lock_endpoints_of(session: AsyncSession, account_id: UUID) -> None:
    """Until the transaction ends nobody else can register endpoints for the account.

    An account has no row here.
    """
    await locks.lock(session, _LOCK_CLASS, account_id)


async def count_active(session: AsyncSession, account_id: UUID) -> int:
    """How many endpoints of the account take deliveries."""
    mine = select(func.count()).where(col(Endpoint.account_id) == account_id, col(Endpoint.active))
    return int(await session.scalar(mine) or 0)


async def find(session: AsyncSession, account_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """The account's endpoint."""
    mine = select(Endpoint).where(col(Endpoint.id) == endpoint_id, col(Endpoint.account_id) == account_id)
    return await session.scalar(mine)


async def find_taking(session: AsyncSession, endpoint_ids: Collection[UUID]) -> Collection[UUID]:
    """Those of the endpoints to which something may be sent."""
    taking = select(col(Endpoint.id)).where(
        col(Endpoint.id).in_(endpoint_ids), col(Endpoint.active), col(Endpoint.enabled)
    )
    return set(await session.scalars(taking))


async def lock(session: AsyncSession, account_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    """The account's endpoint, which nobody else can change until the transaction ends."""
    mine = select(Endpoint).where(col(Endpoint.id) == endpoint_id, col(Endpoint.account_id) == account_id)
    return await session.scalar(mine.with_for_update())


async def list_of(
    session: AsyncSession, account_id: UUID, limit: int, after: Cursor | None
) -> Sequence[Endpoint]:
    """The account's endpoints, newest first, whether active or not."""
    mine = select(Endpoint).where(col(Endpoint.account_id) == account_id)
    if after is not None:
        place = tuple_(col(Endpoint.created_at), col(Endpoint.id))
        mine = mine.where(place < tuple_(after.moment, after.id))
    newest_first = mine.order_by(col(Endpoint.created_at).desc(), col(Endpoint.id).desc())
    return (await session.scalars(newest_first.limit(limit))).all()


async def lock_by_id(session: AsyncSession, endpoint_id: UUID) -> Endpoint | None:
    """An endpoint, which nobody else can change until the transaction ends."""
    return await session.get(Endpoint, endpoint_id, with_for_update=True)


async def count_old_secrets(session: AsyncSession, endpoint_id: UUID, now: datetime) -> int:
    """How many old secrets still sign."""
    signing = (col(OldSecret.endpoint_id) == endpoint_id) & (col(OldSecret.signs_until) > now)
    return int(await session.scalar(select(func.count()).where(signing)) or 0)


async def drop_old_secrets(session: AsyncSession, endpoint_id: UUID) -> None:
    """Have only the newest secret sign."""
    await session.execute(delete(OldSecret).where(col(OldSecret.endpoint_id) == endpoint_id))


async def begin_failing(session: AsyncSession, endpoint_id: UUID, since: datetime) -> None:
    """Note that attempts fail, unless that is known."""
    healthy = (col(Endpoint.id) == endpoint_id) & col(Endpoint.failing_since).is_(None)
    await session.execute(update(Endpoint).where(healthy).values(failing_since=since))


async def end_failing(session: AsyncSession, endpoint_id: UUID) -> None:
    """Note that an attempt succeeded."""
    failing = (col(Endpoint.id) == endpoint_id) & col(Endpoint.failing_since).is_not(None)
    await session.execute(update(Endpoint).where(failing).values(failing_since=None))
