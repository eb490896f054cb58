"""All SQL about what is handed in to competitions."""

from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import DraftStatus
from joust_kit.paging import Cursor
from joust_submission.drafts.models import Draft


async def find(session: AsyncSession, draft_id: UUID) -> Draft | None:
    """The work as it is."""
    return await session.get(Draft, draft_id)


async def lock(session: AsyncSession, draft_id: UUID) -> Draft | None:
    """The work, which nobody else can change until the transaction ends."""
    return await session.get(Draft, draft_id, with_for_update=True, populate_existing=True)


async def take_turn(session: AsyncSession, competition_id: UUID, account_id: UUID) -> None:
    """Wait for other requests of the account to make drafts for the competition, hand in, or leave it."""
    name = f"drafts {competition_id} {account_id}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def count(session: AsyncSession, competition_id: UUID, account_id: UUID) -> int:
    """Drafts and submissions of the account to the competition, withdrawn ones left out."""
    mine = (
        select(func.count())
        .select_from(Draft)
        .where(
            col(Draft.account_id) == account_id,
            col(Draft.competition_id) == competition_id,
            col(Draft.status) != DraftStatus.WITHDRAWN,
        )
    )
    return int(await session.scalar(mine) or 0)


async def has_handed_in(session: AsyncSession, competition_id: UUID, account_id: UUID) -> bool:
    """True if the account has work in the competition that it did not take back."""
    mine = select(col(Draft.id)).where(
        col(Draft.account_id) == account_id,
        col(Draft.competition_id) == competition_id,
        col(Draft.status) == DraftStatus.SUBMITTED,
    )
    return await session.scalar(mine.limit(1)) is not None


async def state_of_board(session: AsyncSession, competition_id: UUID) -> tuple[int, int]:
    """How much was handed in to a competition and is there, and a number that rises with each change of what
    was ever handed in."""
    is_there = col(Draft.status) == DraftStatus.SUBMITTED
    counted = select(func.count().filter(is_there), func.coalesce(func.sum(col(Draft.version)), 0)).where(
        col(Draft.competition_id) == competition_id, col(Draft.submitted_at).is_not(None)
    )
    count, version = (await session.execute(counted)).one()
    return int(count), int(version)


async def list_handed_in(
    session: AsyncSession,
    competition_id: UUID,
    limit: int,
    cursor: str | None,
    *,
    account_id: UUID | None = None,
) -> list[Draft]:
    """What was handed in to a competition, or by one account, newest first; one more than ``limit`` if there
    is one."""
    query = select(Draft).where(
        col(Draft.competition_id) == competition_id, col(Draft.status) == DraftStatus.SUBMITTED
    )
    if account_id is not None:
        query = query.where(col(Draft.account_id) == account_id)
    if (after := Cursor.decode(cursor)) is not None:
        place = tuple_(col(Draft.submitted_at), col(Draft.id))
        query = query.where(place < tuple_(after.moment, after.id))
    newest = query.order_by(col(Draft.submitted_at).desc(), col(Draft.id).desc())
    return list(await session.scalars(newest.limit(limit + 1)))


async def list_own(
    session: AsyncSession, account_id: UUID, competition_id: UUID | None, limit: int, cursor: str | None
) -> list[Draft]:
    """An account's work, newest first; one more than ``limit`` if there is one."""
    query = select(Draft).where(col(Draft.account_id) == account_id)
    if competition_id is not None:
        query = query.where(col(Draft.competition_id) == competition_id)
    if (after := Cursor.decode(cursor)) is not None:
        place = tuple_(col(Draft.created_at), col(Draft.id))
        query = query.where(place < tuple_(after.moment, after.id))
    newest = query.order_by(col(Draft.created_at).desc(), col(Draft.id).desc())
    return list(await session.scalars(newest.limit(limit + 1)))
