"""All SQL about submissions to drops."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drops import DropSnapshot
from joust_kit.database import projections
from joust_submission.drops.models import DropEntries, DropSubmission, KnownDrop


async def learn(session: AsyncSession, drop: DropSnapshot) -> bool:
    """Take over the drop if this version is newer than the known one; tells whether it was."""
    values = drop.model_dump(include=set(KnownDrop.model_fields) - {"claims"})
    claims = [claim.model_dump(mode="json") for claim in drop.claims]
    return await projections.take_newer(session, KnownDrop, {**values, "claims": claims})


async def find(session: AsyncSession, drop_id: UUID) -> KnownDrop | None:
    """The drop as far as it is known."""
    return await session.get(KnownDrop, drop_id)


async def find_all(session: AsyncSession, drop_ids: Collection[UUID]) -> dict[UUID, KnownDrop]:
    """Those of the drops that are known."""
    found = await session.scalars(select(KnownDrop).where(col(KnownDrop.id).in_(drop_ids)))
    return {drop.id: drop for drop in found}


async def version_of(session: AsyncSession, drop_id: UUID) -> int | None:
    """The newest version that is known."""
    version: int | None = await session.scalar(
        select(col(KnownDrop.version)).where(col(KnownDrop.id) == drop_id)
    )
    return version


async def lock_entries(session: AsyncSession, drop_id: UUID, places: int) -> DropEntries:
    """What was handed in to the drop, made if need be; nobody else can hand in until the transaction ends."""
    first = insert(DropEntries).values(drop_id=drop_id, version=0, places=places, submissions_count=0)
    # Only an update locks the row that is there.
    locked = first.on_conflict_do_update(
        index_elements=[col(DropEntries.drop_id)], set_={"version": col(DropEntries.version)}
    )
    found = await session.scalars(
        locked.returning(DropEntries), execution_options={"populate_existing": True}
    )
    return found.one()


async def submissions_to(session: AsyncSession, drop_id: UUID) -> Sequence[DropSubmission]:
    """All submissions to a drop, oldest first."""
    query = select(DropSubmission).where(col(DropSubmission.drop_id) == drop_id)
    ordered = query.order_by(col(DropSubmission.created_at), col(DropSubmission.id))
    return (await session.scalars(ordered)).all()


async def submission_of(session: AsyncSession, drop_id: UUID, account_id: UUID) -> DropSubmission | None:
    """What an account handed in to a drop."""
    query = select(DropSubmission).where(
        col(DropSubmission.drop_id) == drop_id, col(DropSubmission.account_id) == account_id
    )
    found: DropSubmission | None = await session.scalar(query)
    return found


async def find_submission(session: AsyncSession, submission_id: UUID) -> DropSubmission | None:
    """The submission as it is."""
    return await session.get(DropSubmission, submission_id)


async def latest_moments(
    session: AsyncSession, account_id: UUID, since: datetime, limit: int
) -> Sequence[datetime]:
    """When an account submitted to drops since a moment, newest first."""
    query = select(col(DropSubmission.created_at)).where(
        col(DropSubmission.account_id) == account_id, col(DropSubmission.created_at) > since
    )
    return (await session.scalars(query.order_by(col(DropSubmission.created_at).desc()).limit(limit))).all()


async def write_place(session: AsyncSession, drop_id: UUID, place: RankedSubmission) -> None:
    """Write a submission's place, once."""
    placed = update(DropSubmission).where(
        col(DropSubmission.id) == place.submission_id,
        col(DropSubmission.drop_id) == drop_id,
        col(DropSubmission.rank).is_(None),
    )
    await session.execute(
        placed.values(rank=place.rank, grade=place.grade, rationale=place.rationale).execution_options(
            synchronize_session=False
        )
    )
