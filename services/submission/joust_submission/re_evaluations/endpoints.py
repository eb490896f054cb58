"""Internal API of re-evaluations."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.submissions import ReEvaluationView
from joust_kit.errors import Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, TransactionalRoute, Unit
from joust_submission.re_evaluations import commands
from joust_submission.re_evaluations.errors import (
    NoArtifact,
    NotYourSubmission,
    ReEvalCooldown,
    TaskClosed,
    WrongStatus,
)
from joust_submission.resources import OpenResources
from joust_submission.submissions.errors import SubmissionNotFound
from joust_submission.tasks.queries import wait_for_tasks

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.post(
    "/submissions/{submission_id}/re-evaluations",
    responses=responses(
        SubmissionNotFound, NotYourSubmission, TaskClosed, WrongStatus, NoArtifact, ReEvalCooldown
    ),
)
async def request_re_evaluation(
    submission_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> ReEvaluationView:
    """Have the same artifact judged anew."""
    await wait_for_tasks(resources.database, expected)
    return await commands.request_re_evaluation(unit, actor, submission_id, resources.settings)
