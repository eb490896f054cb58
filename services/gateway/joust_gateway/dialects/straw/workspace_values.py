"""Values of the caller's workspace, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from joust_contracts.refusals.workspaces import (
    BYTE_QUOTA_EXCEEDED,
    KEY_QUOTA_EXCEEDED,
    NO_SUCH_VALUE,
    VALUE_TOO_LARGE,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw import names  # noqa: F401 - registers {…:name}
from joust_gateway.dialects.straw.examples import workspaces as examples
from joust_gateway.dialects.straw.schemas.workspaces import (
    ALPHABET,
    Name,
    NewValue,
    WorkspaceDeleted,
    WorkspaceEntry,
    WorkspaceListing,
    WorkspaceQuery,
    WorkspaceQuota,
    WorkspaceValue,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/workspace", tags=["workspace"], route_class=TranslatingRoute)

Reads = Annotated[Call, calls(Scope.PROFILE_READ)]
Writes = Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)]
Key = Annotated[Name, Path(description=f"{ALPHABET}.")]


@router.get("/kv", operation_id="list_workspace_keys", **operation(answer=examples.ENTRIES))
async def list_workspace_keys(
    wanted: Annotated[WorkspaceQuery, Query()], call: Reads, resources: OpenResources
) -> WorkspaceListing[WorkspaceEntry]:
    """List your keys in their order, without the values."""
    page = await resources.services.workspaces.list_values(call, **wanted.model_dump())
    return WorkspaceListing.of(tuple(map(WorkspaceEntry.of, page.data)), page.next_cursor)


@router.get(
    "/kv/{key:name}",
    operation_id="get_workspace_value",
    response_model=WorkspaceValue,
    **operation(NO_SUCH_VALUE, answer=examples.VALUE),
)
async def get_workspace_value(key: Key, call: Reads, resources: OpenResources) -> Response:
    """Read a value of your workspace."""
    view = await resources.services.workspaces.value(call, key)
    return _value(WorkspaceEntry.of(view), view.value_json)


@router.put(
    "/kv/{key:name}",
    operation_id="put_workspace_value",
    response_model=WorkspaceValue,
    **operation(
        VALUE_TOO_LARGE,
        KEY_QUOTA_EXCEEDED,
        BYTE_QUOTA_EXCEEDED,
        request=examples.NEW_VALUE,
        answer=examples.VALUE,
    ),
)
async def put_workspace_value(key: Key, wanted: NewValue, call: Writes, resources: OpenResources) -> Response:
    """Keep a value under a key, in place of what was there."""
    translated = wanted.translated()
    entry = await resources.services.workspaces.put_value(call, key, translated)
    return _value(WorkspaceEntry.of(entry), translated.value_json)


@router.delete("/kv/{key:name}", operation_id="delete_workspace_value", **operation(answer=examples.DELETED))
async def delete_workspace_value(key: Key, call: Writes, resources: OpenResources) -> WorkspaceDeleted:
    """Delete a key. That it was not there is fine."""
    deleted = await resources.services.workspaces.delete_value(call, key)
    return WorkspaceDeleted(deleted=deleted.deleted)


@router.get("/quota", operation_id="get_workspace_quota", **operation(answer=examples.QUOTA))
async def get_workspace_quota(call: Reads, resources: OpenResources) -> WorkspaceQuota:
    """How much your keys and values take of what they may."""
    quota = await resources.services.workspaces.value_quota(call)
    return WorkspaceQuota(**quota.model_dump())


def _value(entry: WorkspaceEntry, value_json: str) -> Response:
    return Response(entry.with_value(value_json), media_type="application/json")
