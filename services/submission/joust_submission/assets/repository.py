"""All SQL about files of competitions' submissions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import AssetStatus
from joust_submission.assets.checking import Verified
from joust_submission.assets.models import Asset

_UNFINISHED = (AssetStatus.PENDING, AssetStatus.UPLOADED)
# One statement for all of the ten thousand files that a submission may have.
_ATTACH = text(
    """
    UPDATE submission.assets SET status = 'attached', key = lies.key
    FROM unnest(CAST(:ids AS uuid[]), CAST(:keys AS text[])) AS lies (id, key)
    WHERE assets.id = lies.id AND assets.status IN ('pending', 'uploaded')
    RETURNING assets.id
    """
)


async def find(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The file as it is."""
    return await session.get(Asset, asset_id)


async def lock(session: AsyncSession, asset_id: UUID) -> Asset | None:
    """The file, which nobody else can change until the transaction ends."""
    return await session.get(Asset, asset_id, with_for_update=True, populate_existing=True)


async def of_draft(session: AsyncSession, draft_id: UUID, ids: Collection[UUID]) -> Sequence[Asset]:
    """Those of the files that belong to the draft."""
    # As one array: thousands of parameters take longer to be put together than to be read.
    named = literal(list(ids), ARRAY(Uuid))
    mine = select(Asset).where(col(Asset.draft_id) == draft_id, col(Asset.id) == any_(named))
    return (await session.scalars(mine)).all()


async def list_of_draft(
    session: AsyncSession, draft_id: UUID, status: AssetStatus | None, after: UUID | None, limit: int
) -> list[Asset]:
    """Files of a draft in their order; one more than ``limit`` if there is one."""
    query = select(Asset).where(col(Asset.draft_id) == draft_id, col(Asset.status) != AssetStatus.GONE)
    if status is not None:
        query = query.where(col(Asset.status) == status)
    if after is not None:
        query = query.where(col(Asset.id) > after)
    return list(await session.scalars(query.order_by(col(Asset.id)).limit(limit + 1)))


async def attach(session: AsyncSession, draft_id: UUID, verified: Sequence[Verified]) -> set[UUID]:
    """Note where each file lies now that may still be handed in, and tell which these are; what else the
    draft has is given up. The draft's lock guards them."""
    named = {"ids": [each.asset_id for each in verified], "keys": [each.key for each in verified]}
    attached = set(await session.scalars(_ATTACH, named)) if verified else set()
    others = update(Asset).where(col(Asset.draft_id) == draft_id, col(Asset.status).in_(_UNFINISHED))
    await session.execute(others.values(status=AssetStatus.GONE))
    return attached


async def drafts_with_expired(session: AsyncSession, before: datetime, limit: int) -> Sequence[UUID]:
    """Drafts with uploads whose time ended before a moment, and that were not handed in."""
    drafts = select(col(Asset.draft_id)).where(*_expired(before)).distinct()
    return (await session.scalars(drafts.limit(limit))).all()


async def give_up_expired(session: AsyncSession, draft_id: UUID, before: datetime) -> Sequence[int]:
    """Those uploads of one draft are over; the bytes of each, as announced. The draft's lock guards them."""
    theirs = update(Asset).where(col(Asset.draft_id) == draft_id, *_expired(before))
    over = theirs.values(status=AssetStatus.GONE).returning(col(Asset.size_bytes))
    return (await session.scalars(over)).all()


async def let_go(session: AsyncSession, draft_id: UUID) -> None:
    """No file of the draft is needed any more, handed in or not; the sweep removes them."""
    theirs = update(Asset).where(col(Asset.draft_id) == draft_id, col(Asset.status) != AssetStatus.GONE)
    await session.execute(theirs.values(status=AssetStatus.GONE, key=None))


async def known_uploads(session: AsyncSession, upload_ids: Collection[str]) -> set[str]:
    """Those of the uploads in parts that still go on."""
    mine = select(col(Asset.upload_id)).where(
        col(Asset.upload_id).in_(upload_ids), col(Asset.status) == AssetStatus.PENDING
    )
    return {id for id in await session.scalars(mine) if id is not None}


async def needed_keys(session: AsyncSession, ids: Collection[UUID]) -> tuple[set[str], set[UUID]]:
    """Where those of the files lie that were handed in, and which may still be."""
    rows = await session.execute(
        select(col(Asset.id), col(Asset.key), col(Asset.status)).where(
            col(Asset.id).in_(ids), col(Asset.status) != AssetStatus.GONE
        )
    )
    lying, coming = set[str](), set[UUID]()
    for row in rows:
        if row.key is not None:
            lying.add(row.key)
        else:
            coming.add(row.id)
    return lying, coming


async def handed_in_keys(session: AsyncSession) -> set[str]:
    """Where all files that were handed in lie."""
    lying = select(col(Asset.key)).where(col(Asset.key).is_not(None), col(Asset.status) != AssetStatus.GONE)
    return {str(key) for key in await session.scalars(lying)}


def _expired(before: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(Asset.status).in_(_UNFINISHED), col(Asset.expires_at) < before
