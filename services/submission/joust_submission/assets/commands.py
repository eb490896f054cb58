"""What can be done with files of a draft. Each runs in the caller's transaction, which the edge commits."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.internal.drafts import PresignedAssets
from joust_contracts.vocabulary import AssetStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.assets import repository
from joust_submission.assets.beginning import Begun
from joust_submission.assets.errors import AssetNotFound, UploadOver
from joust_submission.assets.models import Asset
from joust_submission.assets.rules import check_room
from joust_submission.assets.views import uploading
from joust_submission.drafts import repository as drafts
from joust_submission.drafts.commands import hold_open, lock_own
from joust_submission.drafts.errors import DraftNotFound
from joust_submission.drafts.rules import check_is_draft
from joust_submission.resources import Resources


async def add_assets(
    unit: UnitOfWork, actor: Actor, draft_id: UUID, uploads: Sequence[Begun], resources: Resources
) -> PresignedAssets:
    """Make room in a draft for files whose uploads were begun.

    Raises ``DraftNotFound``, ``NotADraft``, ``SubmissionsClosed`` or ``TooMuch``.
    """
    draft = await lock_own(unit, actor, draft_id)
    check_is_draft(draft.status)
    await hold_open(unit, actor, draft.competition_id)
    files = draft.reserved_files + len(uploads)
    size_bytes = draft.reserved_bytes + sum(each.file.size for each in uploads)
    check_room(files, size_bytes)
    draft.reserved_files, draft.reserved_bytes = files, size_bytes
    settings = resources.settings
    assets = [
        Asset(
            id=each.asset_id,
            draft_id=draft.id,
            size_bytes=each.file.size,
            upload_id=each.upload_id,
            status=AssetStatus.PENDING,
            created_at=unit.now,
            expires_at=unit.now + settings.asset_upload_lifetime,
            **each.file.model_dump(exclude={"size"}),
        )
        for each in uploads
    ]
    unit.session.add_all(assets)
    shown = (uploading(asset, resources.storage, unit.now, settings) for asset in assets)
    return PresignedAssets(assets=tuple(shown))


async def lock_own_upload(unit: UnitOfWork, actor: Actor, asset_id: UUID) -> Asset:
    """The actor's upload, locked with its draft. Raises ``AssetNotFound`` or ``NotADraft``."""
    asset = await repository.find(unit.session, asset_id)
    if asset is None:
        raise AssetNotFound()
    try:
        draft = await lock_own(unit, actor, asset.draft_id)
    except DraftNotFound as error:
        raise AssetNotFound() from error
    check_is_draft(draft.status)
    locked = await repository.lock(unit.session, asset_id)
    if locked is None:
        raise AssetNotFound()
    return locked


async def note_uploaded(unit: UnitOfWork, actor: Actor, asset_id: UUID) -> Asset:
    """The parts of a file were made into one object.

    Raises ``AssetNotFound``, ``NotADraft`` or ``UploadOver``.
    """
    asset = await lock_own_upload(unit, actor, asset_id)
    if asset.status is AssetStatus.PENDING:
        asset.status = AssetStatus.UPLOADED
    elif asset.status is not AssetStatus.UPLOADED:
        raise UploadOver(status=asset.status.value)
    return asset


async def give_up(unit: UnitOfWork, actor: Actor, asset_id: UUID) -> Asset:
    """Take a file out of a draft again; once more changes nothing.

    Raises ``AssetNotFound`` or ``NotADraft``.
    """
    asset = await lock_own_upload(unit, actor, asset_id)
    if asset.status is not AssetStatus.GONE:
        asset.status = AssetStatus.GONE
        draft = await lock_own(unit, actor, asset.draft_id)
        draft.free_room([asset.size_bytes])
    return asset


async def give_up_expired(unit: UnitOfWork, draft_id: UUID) -> None:
    """Take files out of a draft whose time is over."""
    draft = await drafts.lock(unit.session, draft_id)
    if draft is not None:
        draft.free_room(await repository.give_up_expired(unit.session, draft_id, unit.now))
