"""Internal API of the search."""

from typing import Annotated

from fastapi import APIRouter, Query

from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import FoundTask, TaskSearch
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, Reading, TransactionalRoute
from joust_task.search import queries

router = APIRouter(
    prefix="/internal/search", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("/tasks")
async def search_tasks(
    wanted: Annotated[TaskSearch, Query()], actor: CurrentActor, session: Reading
) -> Page[FoundTask]:
    """Find published tasks by words, newest first."""
    return await queries.search_tasks(session, wanted)
