"""Internal API of leaving a competition."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.drafts import ReleasedEntrantView
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, TransactionalRoute, Unit
from joust_submission.contests.queries import wait_for_contests
from joust_submission.drafts.errors import CompetitionNotKnown, OwnCompetition, SubmissionsClosed
from joust_submission.entrants import commands
from joust_submission.entrants.errors import HasHandedIn, NotJoined
from joust_submission.resources import OpenResources

router = APIRouter(prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized))


@router.post(
    "/competitions/{competition_id}/release",
    responses=responses(CompetitionNotKnown, OwnCompetition, SubmissionsClosed, NotJoined, HasHandedIn),
)
async def release_entrant(
    competition_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> ReleasedEntrantView:
    """Let an entrant go who has handed in nothing."""
    await wait_for_contests(resources.database, expected)
    return (await commands.release_entrant(unit, actor, competition_id)).snapshot()
