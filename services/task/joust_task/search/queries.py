"""What is found in tasks."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import FoundTask, TaskSearch
from joust_task.search import repository
from joust_task.search.rules import Place


async def search_tasks(session: AsyncSession, wanted: TaskSearch) -> Page[FoundTask]:
    """One page of the published tasks that fit, newest first. Raises ``Invalid`` for a foreign cursor.

    A page of nothing but exclusions may be short, or empty, and yet have another behind it: then the newest
    tasks were looked through in vain.
    """
    after = None if wanted.cursor is None else Place.of(wanted.cursor)
    rows = list(await repository.walk(session, wanted, after))
    goes_on_at = None
    if len(rows) <= wanted.limit:
        edge = await repository.edge(session, wanted, after)
        if edge.place is not None and edge.can_be_indexed:
            rows += await repository.look_up(session, wanted, edge.place)
        else:
            goes_on_at = edge.place
    page = rows[: wanted.limit]
    if len(rows) > wanted.limit:
        goes_on_at = Place(page[-1].created_at, page[-1].id)
    found = tuple(FoundTask.model_validate(row._asdict()) for row in page)
    return Page(data=found, next_cursor=goes_on_at.cursor() if goes_on_at else None)
