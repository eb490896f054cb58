"""Files of submissions, which go to storage by themselves, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.drafts import (
    NO_SUCH_ASSET,
    NO_SUCH_DRAFT,
    NOT_A_DRAFT,
    NOT_IN_PARTS,
    PARTS_REFUSED,
    SUBMISSIONS_CLOSED,
    TOO_MUCH,
    UPLOAD_OVER,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.a2gig.examples import submissions as examples
from joust_gateway.dialects.a2gig.schemas.assets import (
    Asset,
    AssetList,
    AssetPage,
    AssetQuery,
    FinishedParts,
    NewAssets,
    Parts,
    PartsQuery,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["competitions"], route_class=TranslatingRoute)

Writes = Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)]
_OF_A_DRAFT = (NO_SUCH_DRAFT, InvalidUuid)
_OF_ONE = (NO_SUCH_ASSET, InvalidUuid)


@router.post(
    "/submission-drafts/{draft_id}/assets/presign",
    operation_id="presign_assets",
    **operation(
        *_OF_A_DRAFT,
        NOT_A_DRAFT,
        SUBMISSIONS_CLOSED,
        TOO_MUCH,
        once=True,
        status=201,
        request=examples.NEW_ASSETS,
        answer=examples.PRESIGNED,
    ),
)
async def presign_assets(
    draft_id: UUID, wanted: NewAssets, call: Writes, resources: OpenResources
) -> AssetList:
    """Announce files, at most 100 at a time, and be told where they go: up to 100 MiB by one PUT, larger ones
    in parts. A submission has at most 10,000 files and 2 TiB, a file at most 500 GiB.

    A URL takes one PUT of the announced size with exactly the `headers` that come with it: the type, and the
    `md5` and `sha256` that you announce, with which storage compares what arrives.
    """
    made = await resources.services.drafts.presign(call, draft_id, wanted)
    return AssetList(assets=tuple(map(Asset.of, made.assets)))


@router.get(
    "/submission-drafts/{draft_id}/assets",
    operation_id="list_assets",
    **operation(*_OF_A_DRAFT, answer=examples.ASSETS),
)
async def list_assets(
    draft_id: UUID,
    wanted: Annotated[AssetQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> AssetPage:
    """List files of your work, or of what was handed in to a competition of yours, with URLs to download
    them. A page has at most 100."""
    page = await resources.services.drafts.list_assets(call, draft_id, wanted.cursor)
    return AssetPage(assets=tuple(map(Asset.of, page.data)), next_cursor=page.next_cursor)


@router.post(
    "/assets/{asset_upload_id}/upload-url",
    operation_id="renew_asset_upload",
    **operation(*_OF_ONE, UPLOAD_OVER, once=True, answer=examples.ASSET),
)
async def renew_asset_upload(asset_upload_id: UUID, call: Writes, resources: OpenResources) -> Asset:
    """Get a fresh URL for a file that is not uploaded yet, or its plan again."""
    return Asset.of(await resources.services.drafts.renew(call, asset_upload_id))


@router.get(
    "/assets/{asset_upload_id}/parts",
    operation_id="list_asset_parts",
    **operation(*_OF_ONE, NOT_IN_PARTS, UPLOAD_OVER, answer=examples.PARTS),
)
async def list_asset_parts(
    asset_upload_id: UUID, wanted: Annotated[PartsQuery, Query()], call: Writes, resources: OpenResources
) -> Parts:
    """Get fresh URLs of the parts that are missing, and see which are there: so an upload that was cut off
    goes on. A page has 500 parts."""
    return Parts.of(await resources.services.drafts.list_parts(call, asset_upload_id, wanted.after))


@router.post(
    "/assets/{asset_upload_id}/complete",
    operation_id="complete_asset",
    **operation(
        *_OF_ONE,
        NOT_A_DRAFT,
        NOT_IN_PARTS,
        UPLOAD_OVER,
        PARTS_REFUSED,
        once=True,
        request=examples.FINISHED_PARTS,
        answer=examples.UPLOADED,
    ),
)
async def complete_asset(
    asset_upload_id: UUID, wanted: FinishedParts, call: Writes, resources: OpenResources
) -> Asset:
    """Make the file of its parts, once all are there. Nothing can be put to it any more."""
    return Asset.of(await resources.services.drafts.complete(call, asset_upload_id, wanted))


@router.post(
    "/assets/{asset_upload_id}/abort",
    operation_id="abort_asset",
    **operation(*_OF_ONE, NOT_A_DRAFT, once=True, answer=examples.GONE),
)
async def abort_asset(asset_upload_id: UUID, call: Writes, resources: OpenResources) -> Asset:
    """Give a file up: what was uploaded of it goes, and its room in the draft is free again."""
    return Asset.of(await resources.services.drafts.abort(call, asset_upload_id))
