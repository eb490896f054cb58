"""All SQL about competitions."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from joust_contracts.internal.competitions import CompetitionFilter, plain_tag
from joust_kit.paging import Cursor
from joust_task.competitions.models import COMPETITIONS, PUBLISHED, Competition
from joust_task.competitions.rules import FUNDED


async def find(session: AsyncSession, competition_id: UUID) -> Competition | None:
    """The competition as it is."""
    return await session.get(Competition, competition_id)


async def lock(session: AsyncSession, competition_id: UUID) -> Competition | None:
    """The competition, which nobody else can change until the transaction ends."""
    return await session.get(Competition, competition_id, with_for_update=True)


async def owners_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who made each of the competitions."""
    rows = await session.execute(
        select(col(Competition.id), col(Competition.owner_id)).where(col(Competition.id).in_(ids))
    )
    return {row.id: row.owner_id for row in rows}


async def delete(session: AsyncSession, competition: Competition) -> None:
    """Remove a draft."""
    await session.delete(competition)


async def list_published(session: AsyncSession, wanted: CompetitionFilter) -> list[Competition]:
    """Published competitions, newest first; one more than ``wanted.limit`` if there is one."""
    # As literals: with parameters a generic plan could not use the partial indexes.
    query = select(Competition).where(text(f"competitions.{PUBLISHED}"), *_conditions(wanted))
    return await _page(session, query, wanted, col(Competition.published_at))


async def list_own(session: AsyncSession, owner_id: UUID, wanted: CompetitionFilter) -> list[Competition]:
    """An account's competitions, drafts too, newest first; one more than ``wanted.limit`` if there is one."""
    query = select(Competition).where(col(Competition.owner_id) == owner_id, *_conditions(wanted))
    return await _page(session, query, wanted, col(Competition.created_at))


async def _page(
    session: AsyncSession,
    query: Select[Competition],
    wanted: CompetitionFilter,
    moment: "Mapped[datetime] | Mapped[datetime | None]",
) -> list[Competition]:
    id = col(Competition.id)
    if (after := Cursor.decode(wanted.cursor)) is not None:
        query = query.where(tuple_(moment, id) < tuple_(after.moment, after.id))
    ordered = query.order_by(moment.desc(), id.desc()).limit(wanted.limit + 1)
    return list(await session.scalars(ordered))


def _conditions(wanted: CompetitionFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.status is not None:
        conditions.append(col(Competition.status) == wanted.status)
    if wanted.tag is not None:
        conditions.append(col(Competition.tags).contains([plain_tag(wanted.tag)]))
    if wanted.q is not None:
        conditions.append(COMPETITIONS.c.search.op("@@")(func.websearch_to_tsquery("english", wanted.q)))
    if wanted.funded is not None:
        is_funded = col(Competition.prize_status).in_(sorted(FUNDED))
        conditions.append(is_funded if wanted.funded else ~is_funded)
    if wanted.min_prize is not None:
        conditions.append(col(Competition.prize_cents) >= wanted.min_prize)
    return conditions
