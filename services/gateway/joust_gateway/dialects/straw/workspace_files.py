"""Files of the caller's workspace, in the Straw dialect."""

from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import JSONResponse

from joust_contracts.refusals.workspaces import (
    BYTE_QUOTA_EXCEEDED,
    FILE_QUOTA_EXCEEDED,
    FILE_TOO_LARGE,
    NO_SUCH_FILE,
    NOT_UPLOADED,
    RANGE_NOT_SATISFIABLE,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.uploads import Upload
from joust_gateway.dialects.straw import names  # noqa: F401 - registers {…:name}
from joust_gateway.dialects.straw.examples import workspace_files as examples
from joust_gateway.dialects.straw.examples.workspaces import DELETED
from joust_gateway.dialects.straw.schemas.workspace_files import (
    FinishedWorkspaceUpload,
    NewWorkspaceFile,
    NewWorkspaceUpload,
    WorkspaceFile,
    WorkspaceFileQuota,
    WorkspaceUpload,
)
from joust_gateway.dialects.straw.schemas.workspaces import (
    Name,
    WorkspaceDeleted,
    WorkspaceListing,
    WorkspaceQuery,
)
from joust_gateway.dialects.straw.small_bodies import media_type_of, read_json
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources, Resources
from joust_kit.errors import BadRequest, Invalid
from joust_kit.http.streamed import StreamedAnswer
from joust_kit.http.transactions import TranslatingRoute

FILES_PATH = "/api/v1/workspace/files"
PATH_HEADER = "X-Workspace-Path"
TYPE_HEADER = "X-Workspace-Content-Type"
METADATA_HEADER = "X-Workspace-Metadata-Only"
_BYTES = "application/octet-stream"
_ANY_TYPE = "*/*"
"""Of a file: that with which it was uploaded."""
_PASSED_ON = ("Range", "If-Range", "If-None-Match")
_PASSED_BACK = (
    *("Content-Type", "Content-Length", "Content-Disposition", "Content-Range", "Content-Security-Policy"),
    *("X-Content-Type-Options", "Cache-Control", "Accept-Ranges", "ETag"),
)

router = APIRouter(prefix=FILES_PATH, tags=["workspace"], route_class=TranslatingRoute)

Reads = Annotated[Call, calls(Scope.PROFILE_READ)]
Writes = Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)]
Path = Annotated[Name, InPath(description="As it was written.")]

_NOT_KEPT = (FILE_TOO_LARGE, FILE_QUOTA_EXCEEDED, BYTE_QUOTA_EXCEEDED)


def _uploading() -> dict[str, Any]:
    described = operation(*_NOT_KEPT, once=True, status=201, request=examples.NEW_FILE, answer=examples.FILE)
    extra = described["openapi_extra"]
    extra["requestBody"] = {
        "required": True,
        "content": {
            "application/json": {
                "schema": NewWorkspaceFile.model_json_schema(),
                "example": examples.NEW_FILE,
            },
            _BYTES: {"schema": {"type": "string", "contentMediaType": _BYTES}},
        },
    }
    raw = "Of a body that is the file itself"
    extra["parameters"] += [
        {"name": name, "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
        for name, text in {PATH_HEADER: f"{raw}: its path.", TYPE_HEADER: f"{raw}: its media type."}.items()
    ]
    return described


@router.post("", operation_id="upload_workspace_file", response_model=WorkspaceFile, **_uploading())
async def upload_workspace_file(request: Request, call: Writes, resources: OpenResources) -> WorkspaceFile:
    """Keep a file at a path, in place of what was there.

    Send JSON with the bytes in base64, or the bytes as `application/octet-stream` with `X-Workspace-Path`.
    """
    client, patience = resources.services.workspaces, resources.settings.workspace_transfer_timeout_seconds
    body: Upload | bytes
    match media_type_of(request):
        case "application/json":
            new = await read_json(request, NewWorkspaceFile, resources.settings.max_body_bytes)
            path, content_type, body = new.path, new.content_type, new.content()
        case "application/octet-stream":
            path, content_type, body = _named_path(request), request.headers.get(TYPE_HEADER), Upload(request)
        case _:
            raise BadRequest(f"Send JSON, or the file itself as '{_BYTES}' with its path in {PATH_HEADER}.")
    return WorkspaceFile.of(await client.put_file(call, path, content_type, body, patience))


@router.post(
    "/upload-url",
    operation_id="begin_workspace_upload",
    **operation(*_NOT_KEPT, once=True, status=201, request=examples.NEW_UPLOAD, answer=examples.UPLOAD),
)
async def begin_workspace_upload(
    wanted: NewWorkspaceUpload, call: Writes, resources: OpenResources
) -> WorkspaceUpload:
    """Get a URL to which you PUT a file, past the API; it works for two hours. Then call `finalize`."""
    return WorkspaceUpload.of(await resources.services.workspaces.begin_upload(call, wanted))


@router.post(
    "/finalize",
    operation_id="finalize_workspace_upload",
    **operation(NOT_UPLOADED, *_NOT_KEPT, once=True, request=examples.FINISHED_UPLOAD, answer=examples.FILE),
)
async def finalize_workspace_upload(
    wanted: FinishedWorkspaceUpload, call: Writes, resources: OpenResources
) -> WorkspaceFile:
    """Make the file that you put to the upload URL a file of your workspace, if its real size fits."""
    return WorkspaceFile.of(await resources.services.workspaces.finalize_upload(call, wanted))


@router.get("", operation_id="list_workspace_files", **operation(answer=examples.FILES))
async def list_workspace_files(
    wanted: Annotated[WorkspaceQuery, Query()], call: Reads, resources: OpenResources
) -> WorkspaceListing[WorkspaceFile]:
    """List your files in the order of their paths."""
    page = await resources.services.workspaces.list_files(call, **wanted.model_dump())
    return WorkspaceListing.of(tuple(map(WorkspaceFile.of, page.data)), page.next_cursor)


@router.get("/quota", operation_id="get_workspace_file_quota", **operation(answer=examples.FILE_QUOTA))
async def get_workspace_file_quota(call: Reads, resources: OpenResources) -> WorkspaceFileQuota:
    """How much your files take of what they may."""
    quota = await resources.services.workspaces.file_quota(call)
    return WorkspaceFileQuota(**quota.model_dump())


@router.get(
    "/{path:name}",
    operation_id="download_workspace_file",
    response_class=Response,
    **operation(NO_SUCH_FILE, RANGE_NOT_SATISFIABLE, answer=examples.CONTENT, media_type=_ANY_TYPE),
)
async def download_workspace_file(
    path: Path,
    request: Request,
    call: Reads,
    resources: OpenResources,
    metadata: Annotated[str | None, Query(description="`1` for what is known of it instead.")] = None,
    metadata_only: Annotated[str | None, Header(alias=METADATA_HEADER)] = None,
) -> Response:
    """Download a file, as the type that it was uploaded with, or with `Range` a part of it (206)."""
    if metadata == "1" or (metadata_only or "0").lower() not in {"0", "false"}:
        entry = await resources.services.workspaces.file(call, path)
        return JSONResponse(WorkspaceFile.of(entry).model_dump(mode="json"))
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    return await _downloaded(call, path, headers, resources)


@router.delete("/{path:name}", operation_id="delete_workspace_file", **operation(answer=DELETED))
async def delete_workspace_file(path: Path, call: Writes, resources: OpenResources) -> WorkspaceDeleted:
    """Delete a file. That it was not there is fine."""
    deleted = await resources.services.workspaces.delete_file(call, path)
    return WorkspaceDeleted(deleted=deleted.deleted)


def _named_path(request: Request) -> str:
    path = request.headers.get(PATH_HEADER)
    if path is None:
        raise Invalid(**{PATH_HEADER: "must name the path of a file that is sent as it is"})
    return path


async def _downloaded(call: Call, path: str, headers: dict[str, str], resources: Resources) -> Response:
    limit_seconds = resources.settings.workspace_transfer_timeout_seconds
    async with AsyncExitStack() as stack:
        opened = resources.services.workspaces.open_file(call, path, headers, limit_seconds)
        answer = await stack.enter_async_context(opened)
        return StreamedAnswer(
            answer.content.iter_any(),
            status=answer.status,
            headers={name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers},
            close=stack.pop_all().aclose,
            limit_seconds=limit_seconds,
        )
