"""Finding tasks, in the Straw dialect: by words, and without a key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, anonymous_call, calls
from joust_gateway.dialects.straw.examples import discovery as examples
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.discovery import FoundTask, FoundTasks, OpenTask, SearchQuery
from joust_gateway.dialects.straw.schemas.tasks import TaskQuery
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(tags=["tasks"], route_class=TranslatingRoute)


@router.get(
    "/api/public/tasks",
    operation_id="list_public_tasks",
    **operation(answer=examples.OPEN_TASKS, needs_key=False),
)
async def list_public_tasks(
    wanted: Annotated[TaskQuery, Query()],
    call: Annotated[Call, Depends(anonymous_call)],
    resources: OpenResources,
) -> Listing[OpenTask]:
    """List open tasks whose deadline is to come, newest first. Needs no key."""
    page = await resources.services.tasks.list_public(call, wanted)
    return Listing.of(tuple(map(OpenTask.of, page.data)), page.next_cursor)


@router.get("/api/v1/search/tasks", operation_id="search_tasks", **operation(answer=examples.FOUND_TASKS))
async def search_tasks(
    wanted: Annotated[SearchQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> FoundTasks:
    """Search titles, categories, descriptions and specs of published tasks, newest first.

    Words are all wanted, in any order; `"quoted phrases"`, `OR`, and `-excluded` words work as in web search
    engines. `rank` says how well a task fits; a hit in the title counts most.
    """
    page = await resources.services.tasks.search(call, wanted)
    return FoundTasks.of(tuple(map(FoundTask.of, page.data)), page.next_cursor)
