"""Internal API of files of competitions' submissions. No transaction waits for storage."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import (
    AssetView,
    CompleteParts,
    PartsView,
    PresignAssets,
    PresignedAssets,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unauthorized
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute, answer_once, answered_before
from joust_submission.assets import commands, queries
from joust_submission.assets.beginning import begun
from joust_submission.assets.completing import complete_in_storage
from joust_submission.assets.errors import AssetNotFound, NotInParts, PartsRefused, TooMuch, UploadOver
from joust_submission.assets.keys import key_of_upload
from joust_submission.assets.rules import check_files
from joust_submission.assets.views import shown
from joust_submission.drafts.errors import DraftNotFound, NotADraft, SubmissionsClosed
from joust_submission.resources import OpenResources

router = APIRouter(prefix="/internal", route_class=TranslatingRoute, responses=responses(Unauthorized))


@router.post(
    "/drafts/{draft_id}/assets",
    status_code=201,
    response_model=PresignedAssets,
    responses=responses(DraftNotFound, NotADraft, SubmissionsClosed, TooMuch),
)
async def presign_assets(
    draft_id: UUID, wanted: PresignAssets, request: Request, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Say where files go."""
    if (answer := await answered_before(request)) is not None:
        return answer
    check_files(wanted.files, resources.settings.asset_single_max_bytes)
    await queries.find_own_draft(resources, actor, draft_id)
    async with begun(resources, draft_id, wanted.files) as uploads:
        if __debug__:
            failpoint("after_uploads_are_begun_before_their_rows")

        async def act(unit: UnitOfWork) -> BaseModel:
            return await commands.add_assets(unit, actor, draft_id, uploads, resources)

        return await answer_once(request, await request.body(), act, status=201)


@router.get("/drafts/{draft_id}/assets", responses=responses(DraftNotFound))
async def list_assets(
    draft_id: UUID,
    actor: CurrentActor,
    resources: OpenResources,
    cursor: Annotated[UUID | None, Query()] = None,
) -> Page[AssetView]:
    """List files, a hundred a page."""
    return await queries.list_assets(resources, actor, draft_id, cursor)


@router.post(
    "/assets/{asset_id}/upload-url",
    response_model=AssetView,
    responses=responses(AssetNotFound, UploadOver),
)
async def renew_upload(
    asset_id: UUID, request: Request, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Give out a fresh URL."""

    async def act(_unit: UnitOfWork) -> BaseModel:
        return await queries.fresh_upload(resources, actor, asset_id)

    return await answer_once(request, b"", act, status=200)


@router.get("/assets/{asset_id}/parts", responses=responses(AssetNotFound, NotInParts, UploadOver))
async def list_parts(
    asset_id: UUID,
    actor: CurrentActor,
    resources: OpenResources,
    after: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> PartsView:
    """URLs of parts that are missing, and the parts that are there."""
    return await queries.list_parts(resources, actor, asset_id, after)


@router.post(
    "/assets/{asset_id}/complete",
    response_model=AssetView,
    responses=responses(AssetNotFound, NotADraft, NotInParts, UploadOver, PartsRefused),
)
async def complete_asset(
    asset_id: UUID, wanted: CompleteParts, request: Request, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Make one object of the parts."""
    if (answer := await answered_before(request)) is not None:
        return answer
    asset = await queries.find_own_upload(resources, actor, asset_id)
    await complete_in_storage(resources, asset, wanted.parts)
    if __debug__:
        failpoint("after_parts_are_completed_before_their_row")

    async def act(unit: UnitOfWork) -> BaseModel:
        done = await commands.note_uploaded(unit, actor, asset_id)
        return shown(done, resources.storage, unit.now, resources.settings)

    return await answer_once(request, await request.body(), act, status=200)


@router.post(
    "/assets/{asset_id}/abort",
    response_model=AssetView,
    responses=responses(AssetNotFound, NotADraft),
)
async def abort_asset(
    asset_id: UUID, request: Request, actor: CurrentActor, resources: OpenResources
) -> Response:
    """Take a file out of a draft again."""

    async def act(unit: UnitOfWork) -> BaseModel:
        gone = await commands.give_up(unit, actor, asset_id)
        return shown(gone, resources.storage, unit.now, resources.settings)

    answer = await answer_once(request, b"", act, status=200)
    asset = await queries.find_own_upload(resources, actor, asset_id)
    if asset.upload_id is not None:
        # If this fails, a sweep does it.
        await resources.parts.abort(key_of_upload(asset.draft_id, asset.id), asset.upload_id)
    return answer
