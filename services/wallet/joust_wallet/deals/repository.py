"""All SQL about deals."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import exists, select, tuple_, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from joust_contracts.vocabulary import DealStatus
from joust_kit.paging import Cursor
from joust_wallet.deals.models import Deal


async def has_deal(session: AsyncSession, task_id: UUID) -> bool:
    """True if the task's deal is there."""
    return bool(await session.scalar(select(exists().where(col(Deal.task_id) == task_id))))


async def add(session: AsyncSession, deal: Deal) -> bool:
    """Insert the deal; false if the task has one already."""
    fresh = insert(Deal).values(deal.model_dump()).on_conflict_do_nothing(index_elements=["task_id"])
    return await session.scalar(fresh.returning(col(Deal.id))) is not None


async def lock_pending(session: AsyncSession, poster_id: UUID, currency: str, limit: int) -> list[Deal]:
    """The poster's waiting deals, oldest first, which nobody else can change until the transaction ends."""
    pending = select(Deal).where(
        col(Deal.poster_id) == poster_id,
        col(Deal.currency) == currency,
        col(Deal.status) == DealStatus.PENDING,
    )
    oldest_first = pending.order_by(col(Deal.created_at), col(Deal.id)).limit(limit)
    locked = oldest_first.with_for_update().execution_options(populate_existing=True)
    return list(await session.scalars(locked))


async def with_pending(session: AsyncSession, accounts: Collection[UUID], currency: str) -> list[UUID]:
    """Those of ``accounts`` that have waiting deals of their own to pay."""
    waiting = select(col(Deal.poster_id)).where(
        col(Deal.poster_id).in_(accounts),
        col(Deal.currency) == currency,
        col(Deal.status) == DealStatus.PENDING,
    )
    return list(await session.scalars(waiting.distinct()))


async def list_of(session: AsyncSession, account_id: UUID, limit: int, after: Cursor | None) -> list[Deal]:
    """Deals that the account made or that its agents are part of, newest first; at most ``limit``.

    Each half reads its own index in order; an OR would sort all of the account's deals.
    """
    halves = []
    for side in (
        col(Deal.poster_id) == account_id,
        (col(Deal.agent_account_id) == account_id) & (col(Deal.poster_id) != account_id),
    ):
        half = select(Deal).where(side)
        if after is not None:
            half = half.where(tuple_(col(Deal.created_at), col(Deal.id)) < tuple_(after.moment, after.id))
        halves.append(half.order_by(col(Deal.created_at).desc(), col(Deal.id).desc()).limit(limit))
    both = aliased(Deal, union_all(*halves).subquery())
    newest_first = select(both).order_by(col(both.created_at).desc(), col(both.id).desc())
    return list(await session.scalars(newest_first.limit(limit)))
