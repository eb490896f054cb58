"""Internal API of competitions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from joust_contracts.internal.common import Page
from joust_contracts.internal.competitions import (
    ChooseWinner,
    CompetitionFilter,
    CompetitionView,
    CreateCompetition,
    DeletedCompetition,
    PublishCompetition,
    UpdateCompetition,
)
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    ExpectedVersions,
    Reading,
    TransactionalRoute,
    Unit,
)
from joust_task.competition_works.queries import wait_for_works
from joust_task.competitions import commands, queries, winning
from joust_task.competitions.errors import (
    CompetitionNotDraft,
    CompetitionNotFound,
    InvalidCompetitionTransition,
    NoSuchWork,
    NotTheCreator,
    PrizeNotAskedFor,
    PrizeNotHeld,
)

router = APIRouter(
    prefix="/internal/competitions", route_class=TransactionalRoute, responses=responses(Unauthorized)
)

_OWN = (CompetitionNotFound, NotTheCreator)


@router.post("", status_code=201)
async def create_competition(
    wanted: CreateCompetition, actor: CurrentActor, unit: Unit, request: Request
) -> CompetitionView:
    """Make a draft."""
    made = await commands.create_competition(unit, actor, wanted, request.app.state.settings)
    return queries.view_of(made)


@router.get("")
async def list_competitions(
    wanted: Annotated[CompetitionFilter, Query()], actor: CurrentActor, session: Reading
) -> Page[CompetitionView]:
    """List published competitions, newest first."""
    return await queries.list_published(session, wanted)


@router.get("/own")
async def list_own_competitions(
    wanted: Annotated[CompetitionFilter, Query()], actor: CurrentActor, session: Reading
) -> Page[CompetitionView]:
    """List the actor's competitions, drafts too, newest first."""
    return await queries.list_own(session, actor, wanted)


@router.get("/{competition_id}", responses=responses(CompetitionNotFound))
async def get_competition(competition_id: UUID, actor: CurrentActor, session: Reading) -> CompetitionView:
    """Read one competition."""
    return await queries.get_competition(session, actor, competition_id)


@router.patch("/{competition_id}", responses=responses(*_OWN, CompetitionNotDraft))
async def update_competition(
    competition_id: UUID, wanted: UpdateCompetition, actor: CurrentActor, unit: Unit, request: Request
) -> CompetitionView:
    """Change fields of a draft."""
    settings = request.app.state.settings
    return queries.view_of(await commands.update_competition(unit, actor, competition_id, wanted, settings))


@router.delete("/{competition_id}", responses=responses(*_OWN, CompetitionNotDraft))
async def delete_competition(competition_id: UUID, actor: CurrentActor, unit: Unit) -> DeletedCompetition:
    """Remove a draft."""
    return DeletedCompetition(id=(await commands.delete_competition(unit, actor, competition_id)).id)


@router.post("/{competition_id}/publish", responses=responses(*_OWN, InvalidCompetitionTransition))
async def publish_competition(
    competition_id: UUID, wanted: PublishCompetition, actor: CurrentActor, unit: Unit, request: Request
) -> CompetitionView:
    """Draft to open, or to waiting for its prize."""
    settings = request.app.state.settings
    return queries.view_of(await commands.publish_competition(unit, actor, competition_id, wanted, settings))


@router.post(
    "/{competition_id}/fund", responses=responses(*_OWN, InvalidCompetitionTransition, PrizeNotAskedFor)
)
async def fund_competition(competition_id: UUID, actor: CurrentActor, unit: Unit) -> CompetitionView:
    """Ask for a prize once more."""
    return queries.view_of(await commands.ask_for_prize_again(unit, actor, competition_id))


@router.post(
    "/{competition_id}/winner",
    responses=responses(*_OWN, InvalidCompetitionTransition, NoSuchWork, PrizeNotHeld),
)
async def choose_winner(
    competition_id: UUID,
    wanted: ChooseWinner,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    request: Request,
) -> CompetitionView:
    """Award the competition."""
    await wait_for_works(request.app.state.database, expected)
    return queries.view_of(await winning.choose_winner(unit, actor, competition_id, wanted))
