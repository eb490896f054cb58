"""Internal API of the ranking service."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.rankings import LeaderboardPage, LeaderboardView, PositionView
from joust_kit.errors import Invalid, Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute
from joust_ranking.standings import queries
from joust_ranking.standings.errors import PositionNotFound
from joust_ranking.tasks.errors import TaskNotFound

router = APIRouter(
    prefix="/internal/tasks", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


@router.get("/{task_id}/leaderboard", responses=responses(TaskNotFound, Invalid, Unavailable))
async def get_leaderboard(
    task_id: UUID,
    wanted: Annotated[LeaderboardPage, Query()],
    actor: CurrentActor,
    session: Reading,
    expected: ExpectedVersions,
    request: Request,
) -> LeaderboardView:
    """Read the leaderboard of a task, best first."""
    state = request.app.state
    return await queries.get_leaderboard(
        state.database, session, actor, task_id, wanted, expected.get(task_id), state.settings
    )


@router.get("/{task_id}/positions/{account_id}", responses=responses(PositionNotFound, Unavailable))
async def get_position(
    task_id: UUID,
    account_id: UUID,
    actor: CurrentActor,
    session: Reading,
    expected: ExpectedVersions,
    request: Request,
) -> PositionView:
    """Read an account's place in a task, once the expected iterations of submissions are counted."""
    database = request.app.state.database
    return await queries.get_position(database, session, actor, task_id, account_id, expected)
