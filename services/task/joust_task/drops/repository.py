"""All SQL about drops and claims."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.internal.drops import DropPage, OwnDrops
from joust_task.drops.models import Claim, Drop


async def find(session: AsyncSession, drop_id: UUID) -> Drop | None:
    """The drop as it is."""
    return await session.get(Drop, drop_id)


async def lock(session: AsyncSession, drop_id: UUID) -> Drop | None:
    """The drop, which nobody else can change until the transaction ends, nor its claims."""
    return await session.get(Drop, drop_id, with_for_update=True, populate_existing=True)


async def claims_of(session: AsyncSession, drop_ids: Sequence[UUID]) -> dict[UUID, list[Claim]]:
    """All claims on each drop, oldest first."""
    query = select(Claim).where(col(Claim.drop_id).in_(drop_ids)).order_by(col(Claim.id))
    found: dict[UUID, list[Claim]] = {drop_id: [] for drop_id in drop_ids}
    for claim in await session.scalars(query):
        found[claim.drop_id].append(claim)
    return found


async def list_own(session: AsyncSession, owner_id: UUID, wanted: OwnDrops) -> Sequence[Drop]:
    """An account's drops, newest first."""
    query = select(Drop).where(col(Drop.owner_id) == owner_id)
    if wanted.status is not None:
        query = query.where(col(Drop.status) == wanted.status)
    newest_first = query.order_by(col(Drop.created_at).desc(), col(Drop.id).desc())
    return (await session.scalars(newest_first.limit(wanted.limit).offset(wanted.offset))).all()


async def list_open(session: AsyncSession, wanted: DropPage, now: datetime) -> Sequence[Drop]:
    """Open drops whose window has not ended, newest first."""
    # The status as a literal: with a parameter a generic plan could not use the index of open drops.
    query = select(Drop).where(text("drops.status = 'open'"), col(Drop.closes_at) > now)
    newest_first = query.order_by(col(Drop.opened_at).desc(), col(Drop.id).desc())
    return (await session.scalars(newest_first.limit(wanted.limit).offset(wanted.offset))).all()


async def latest_claims(session: AsyncSession, account_id: UUID, limit: int) -> Sequence[Claim]:
    """An account's claims, newest first."""
    query = select(Claim).where(col(Claim.account_id) == account_id)
    newest_first = query.order_by(col(Claim.created_at).desc(), col(Claim.id).desc())
    return (await session.scalars(newest_first.limit(limit))).all()


async def overdue_drops(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Open drops whose window has ended, the longest ago first."""
    query = select(col(Drop.id)).where(text("drops.status = 'open'"), col(Drop.closes_at) <= now)
    return (await session.scalars(query.order_by(col(Drop.closes_at)).limit(limit))).all()


async def drops_of_overdue_claims(session: AsyncSession, before: datetime, limit: int) -> Sequence[UUID]:
    """On what active claims are that expired before a moment, the longest ago first."""
    query = select(col(Claim.drop_id)).where(
        text("drop_claims.state = 'active'"), col(Claim.expires_at) <= before
    )
    return (await session.scalars(query.order_by(col(Claim.expires_at)).limit(limit))).all()


async def find_all(session: AsyncSession, drop_ids: Sequence[UUID]) -> dict[UUID, Drop]:
    """Those of the drops that are there."""
    found = await session.scalars(select(Drop).where(col(Drop.id).in_(drop_ids)))
    return {drop.id: drop for drop in found}
