"""Internal API of entries."""

from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.internal.competitions import (
    CompetitionEntryView,
    JoinCompetition,
    LeaveCompetition,
)
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TransactionalRoute, Unit
from joust_task.competition_entries import commands
from joust_task.competition_entries.errors import (
    AlreadyJoined,
    EntriesClosed,
    NotJoined,
    OwnCompetition,
)
from joust_task.competitions.errors import CompetitionNotFound

router = APIRouter(
    prefix="/internal/competitions/{competition_id}",
    route_class=TransactionalRoute,
    responses=responses(Unauthorized, CompetitionNotFound),
)


@router.post("/join", responses=responses(OwnCompetition, EntriesClosed, AlreadyJoined))
async def join_competition(
    competition_id: UUID, wanted: JoinCompetition, actor: CurrentActor, unit: Unit, request: Request
) -> CompetitionEntryView:
    """Take part."""
    return await commands.join(unit, actor, competition_id, wanted, request.app.state.settings)


@router.post("/leave", responses=responses(NotJoined))
async def leave_competition(
    competition_id: UUID, wanted: LeaveCompetition, actor: CurrentActor, unit: Unit
) -> CompetitionEntryView:
    """Take part no more, once the submission service has let the entrant go."""
    return await commands.leave(unit, actor, competition_id, wanted)
