"""What may be read of files of competitions' submissions, and by whom."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import AssetRef, AssetView, PartsView, PartTarget, PartThere
from joust_contracts.vocabulary import AssetStatus, DraftStatus
from joust_kit.identity import Actor
from joust_kit.multipart import UploadMissing
from joust_submission.assets import repository
from joust_submission.assets.errors import AssetNotFound, NotInParts, NotThere, UploadOver
from joust_submission.assets.keys import key_of_upload
from joust_submission.assets.models import Asset
from joust_submission.assets.rules import numbers_after
from joust_submission.assets.views import shown, uploading, url_lifetime
from joust_submission.drafts import repository as drafts
from joust_submission.drafts.errors import DraftNotFound
from joust_submission.drafts.models import Draft
from joust_submission.drafts.rules import check_is_draft
from joust_submission.resources import Resources

_PER_PAGE = 100


async def find_own_draft(resources: Resources, actor: Actor, draft_id: UUID) -> Draft:
    """A draft that the actor may still change. Raises ``DraftNotFound`` or ``NotADraft``."""
    async with resources.database.reading() as session:
        draft = await drafts.find(session, draft_id)
    if draft is None or draft.account_id != actor.account_id:
        raise DraftNotFound()
    check_is_draft(draft.status)
    return draft


async def find_own_upload(resources: Resources, actor: Actor, asset_id: UUID) -> Asset:
    """A file that the actor uploads. Raises ``AssetNotFound``."""
    async with resources.database.reading() as session:
        asset = await repository.find(session, asset_id)
        draft = None if asset is None else await drafts.find(session, asset.draft_id)
    if asset is None or draft is None or draft.account_id != actor.account_id:
        raise AssetNotFound()
    return asset


async def find_named(
    resources: Resources, actor: Actor, draft_id: UUID, named: Sequence[AssetRef]
) -> Sequence[Asset]:
    """The files of a draft that are to be handed in.

    Raises ``DraftNotFound``, ``NotADraft``, or ``NotThere`` for a file that is not the draft's or is over.
    """
    await find_own_draft(resources, actor, draft_id)
    ids = list(dict.fromkeys(each.asset_upload_id for each in named))
    async with resources.database.reading() as session:
        found = await repository.of_draft(session, draft_id, ids)
    going_on = {asset.id for asset in found if asset.status in {AssetStatus.PENDING, AssetStatus.UPLOADED}}
    missing = [str(id) for id in ids if id not in going_on]
    if missing:
        raise NotThere(None, **dict.fromkeys(missing[:20], "is no upload of this draft that goes on"))
    return found


async def list_assets(
    resources: Resources, actor: Actor, draft_id: UUID, cursor: UUID | None
) -> Page[AssetView]:
    """Files of a submission: its entrant sees all, the competition's creator those that were handed in.

    Raises ``DraftNotFound``.
    """
    async with resources.database.reading() as session:
        draft = await drafts.find(session, draft_id)
        if draft is None or not may_read(draft, actor):
            raise DraftNotFound()
        only = None if draft.account_id == actor.account_id else AssetStatus.ATTACHED
        rows = await repository.list_of_draft(session, draft_id, only, cursor, _PER_PAGE)
    now, page = resources.database.clock.now(), rows[:_PER_PAGE]
    views = tuple(shown(asset, resources.storage, now, resources.settings) for asset in page)
    return Page(data=views, next_cursor=str(page[-1].id) if len(rows) > _PER_PAGE else None)


def may_read(draft: Draft, actor: Actor) -> bool:
    """Its entrant always, the competition's creator once it was handed in."""
    if draft.account_id == actor.account_id:
        return True
    return draft.competition_owner_id == actor.account_id and draft.status is DraftStatus.SUBMITTED


async def fresh_upload(resources: Resources, actor: Actor, asset_id: UUID) -> AssetView:
    """A fresh URL, or the plan, of an upload that goes on. Raises ``AssetNotFound`` or ``UploadOver``."""
    asset = await find_own_upload(resources, actor, asset_id)
    if asset.status is not AssetStatus.PENDING:
        raise UploadOver(status=asset.status.value)
    return uploading(asset, resources.storage, resources.database.clock.now(), resources.settings)


async def list_parts(resources: Resources, actor: Actor, asset_id: UUID, after: int) -> PartsView:
    """One page of parts: fresh URLs of those that are missing, and those that are there.

    Raises ``AssetNotFound``, ``NotInParts`` or ``UploadOver``.
    """
    asset = await find_own_upload(resources, actor, asset_id)
    if asset.upload_id is None:
        raise NotInParts()
    if asset.status is not AssetStatus.PENDING:
        raise UploadOver(status=asset.status.value)
    key, plan = key_of_upload(asset.draft_id, asset.id), asset.plan
    try:
        found = await resources.parts.parts_of(key, asset.upload_id, after=after)
    except UploadMissing as error:
        raise UploadOver() from error
    now = resources.database.clock.now()
    lifetime = url_lifetime(asset, now, resources.settings)
    numbers = list(numbers_after(after, plan))
    last = numbers[-1] if numbers else after
    # A part of another size would make another file: it is to be sent again.
    there = {
        part.number: part
        for part in found
        if part.number <= last and part.size_bytes == plan.size_of(part.number, asset.size_bytes)
    }

    def target(number: int) -> PartTarget:
        url = resources.parts.presigned_part(key, asset.upload_id or "", number, expires=lifetime)
        return PartTarget(part_number=number, size_bytes=plan.size_of(number, asset.size_bytes), url=url)

    return PartsView(
        asset_upload_id=asset.id,
        missing=tuple(target(number) for number in numbers if number not in there),
        there=tuple(
            PartThere(part_number=part.number, etag=part.etag, size_bytes=part.size_bytes)
            for part in there.values()
        ),
        expires_at=now + lifetime,
        next_after=last if last < plan.parts_count else None,
    )
