"""Internal API of files. Paths stand in the query, as keys of values do."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response

from joust_contracts.internal.common import IDEMPOTENCY_HEADER, Page
from joust_contracts.internal.workspaces import (
    BeginUpload,
    BegunUpload,
    Deleted,
    FileEntry,
    FileQuota,
    FinalizeUpload,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute, Unit
from joust_kit.idempotency import IdempotencyKey, StoredAnswer
from joust_kit.identity import Actor
from joust_kit.incoming import Incoming, IncompleteBody, spooled
from joust_submission.resources import OpenResources
from joust_submission.workspace.errors import (
    ByteQuotaExceeded,
    FileNotFound,
    FileQuotaExceeded,
    FileTooLarge,
    RangeNotSatisfiable,
    UnacceptableContentType,
    UnacceptableName,
    UploadNotFound,
)
from joust_submission.workspace.files import commands, downloading, queries
from joust_submission.workspace.files.rules import checked_type
from joust_submission.workspace.names import check_file_path
from joust_submission.workspace.values.endpoints import Cursor, Limit

CONTENT_PATH = "/internal/workspace/file"

router = APIRouter(
    prefix="/internal/workspace",
    route_class=TransactionalRoute,
    responses=responses(Unauthorized, Unavailable),
)

_NOT_KEPT = (FileTooLarge, FileQuotaExceeded, ByteQuotaExceeded, UnacceptableName, UnacceptableContentType)


@router.get("/file-quota")
async def get_quota(actor: CurrentActor, session: Reading, resources: OpenResources) -> FileQuota:
    """Read what the actor keeps, and may keep."""
    return await queries.get_quota(session, actor, resources.settings)


@router.get("/files", responses=responses(Invalid))
async def list_files(
    actor: CurrentActor, session: Reading, prefix: str = "", limit: Limit = 50, cursor: Cursor = None
) -> Page[FileEntry]:
    """List the actor's files."""
    return await queries.list_files(session, actor, prefix=prefix, limit=limit, cursor=cursor)


@router.put("/file", response_model=FileEntry, responses=responses(*_NOT_KEPT, IncompleteBody))
async def put_file(
    path: str,
    request: Request,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
    content_type: str | None = None,
) -> Response:
    """Write a file of the actor: the body, whatever its type."""
    check_file_path(path)
    new = commands.NewFile(path, checked_type(content_type))
    max_bytes = resources.settings.workspace_max_file_bytes
    async with spooled(request.stream(), max_bytes, FileTooLarge) as incoming:
        key = _key_of(request, actor, new, incoming)
        if key is not None and (stored := await _claim(request, unit, key)) is not None:
            replayed = {"Idempotent-Replayed": "true"}
            return Response(stored.body, stored.status, replayed, media_type="application/json")
        entry = await commands.put_file(unit, actor, new, incoming, resources)
    body = entry.model_dump_json().encode()
    if key is not None:
        key.store(unit, StoredAnswer(200, body))
    return Response(body, media_type="application/json")


@router.post("/uploads", status_code=201, responses=responses(*_NOT_KEPT))
async def begin_upload(
    wanted: BeginUpload, actor: CurrentActor, unit: Unit, resources: OpenResources
) -> BegunUpload:
    """Begin an upload to storage."""
    check_file_path(wanted.path)
    return await commands.begin_upload(unit, actor, wanted, resources)


@router.post("/uploads/finalize", responses=responses(UploadNotFound, *_NOT_KEPT))
async def finalize_upload(
    wanted: FinalizeUpload, actor: CurrentActor, unit: Unit, resources: OpenResources
) -> FileEntry:
    """Take over what was uploaded."""
    return await commands.finalize_upload(unit, actor, wanted, resources)


@router.get("/file-entry", responses=responses(FileNotFound, UnacceptableName))
async def get_entry(path: str, actor: CurrentActor, session: Reading) -> FileEntry:
    """Read what is known of a file of the actor."""
    return queries.entry_of(await queries.get_file(session, actor, path))


@router.get(
    "/file",
    response_class=Response,
    responses=responses(FileNotFound, UnacceptableName, RangeNotSatisfiable),
)
async def download_file(
    path: str,
    actor: CurrentActor,
    resources: OpenResources,
    range: Annotated[str | None, Header()] = None,
    if_range: Annotated[str | None, Header()] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Any:
    """Read a file of the actor."""
    asked = downloading.Asked(range, if_range, if_none_match)
    return await downloading.download(actor, path, asked, resources)


@router.delete("/file", responses=responses(UnacceptableName))
async def delete_file(path: str, actor: CurrentActor, unit: Unit, resources: OpenResources) -> Deleted:
    """Delete a file of the actor."""
    return await commands.delete_file(unit, actor, path, resources)


def _key_of(
    request: Request, actor: Actor, new: commands.NewFile, incoming: Incoming
) -> IdempotencyKey | None:
    """As of every writing request, but by the body's hash: the body is not in memory."""
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is None:
        return None
    return IdempotencyKey.of(
        key,
        account_id=actor.account_id,
        method=request.method,
        path=request.url.path,
        body=f"{new.path}\n{new.content_type}\n{incoming.sha256}".encode(),
        pepper=request.app.state.settings.idempotency_pepper,
    )


async def _claim(request: Request, unit: UnitOfWork, key: IdempotencyKey) -> StoredAnswer | None:
    state = request.app.state
    return await key.claim(unit, state.database.tables, state.settings.idempotency_key_ttl)
