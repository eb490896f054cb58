"""What an account may see on its dashboard: its own figures, and submissions to its own tasks."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.base import round_score
from joust_contracts.internal.common import Page
from joust_contracts.internal.dashboards import RecentSubmission, StatsView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_ranking.dashboard import repository
from joust_ranking.dashboard.models import SeenSubmission


async def get_stats(session: AsyncSession, actor: Actor) -> StatsView:
    """The actor's figures. The average is of its best score in each task that has one."""
    figures = await repository.figures_of(session, actor.account_id)
    average = figures.average_score
    return StatsView(
        tasks_posted=figures.tasks_posted,
        submissions_received=figures.submissions_received,
        tasks_entered=figures.tasks_entered,
        avg_score=None if average is None else round_score(float(average)),
    )


async def list_submissions(
    session: AsyncSession, actor: Actor, limit: int, cursor: str | None
) -> Page[RecentSubmission]:
    """One page of the submissions to the actor's tasks, newest first.

    Raises ``Invalid`` for a cursor that is none.
    """
    rows = await repository.newest_to(session, actor.account_id, limit + 1, Cursor.decode(cursor))
    page, next_cursor = cut_page(rows, limit, lambda row: Cursor(row[0].created_at, row[0].id))
    return Page(data=tuple(_recent(*row) for row in page), next_cursor=next_cursor)


def _recent(submission: SeenSubmission, title: str | None) -> RecentSubmission:
    return RecentSubmission(task_title=title, **submission.model_dump())
