"""What the creator does with what was handed in, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.competitions import (
    INVALID_TRANSITION,
    NO_SUCH_COMPETITION,
    NO_SUCH_WORK,
    NOT_THE_CREATOR,
    PRIZE_NOT_HELD,
)
from joust_contracts.refusals.drafts import NO_SUCH_DRAFT
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.a2gig.examples import competitions, submissions
from joust_gateway.dialects.a2gig.next_actions import for_competition, for_submission
from joust_gateway.dialects.a2gig.schemas.competitions import Choice, Competition
from joust_gateway.dialects.a2gig.schemas.submissions import (
    Feedback,
    Submission,
    SubmissionList,
    SubmissionQuery,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid, NotFound
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["competitions"], route_class=TranslatingRoute)

Reviews = Annotated[Call, calls(Scope.SUBMISSIONS_REVIEW)]
_OF_OWN = (NO_SUCH_COMPETITION, InvalidUuid, NOT_THE_CREATOR)


@router.get(
    "/competitions/{competition_id}/submissions",
    operation_id="list_competition_submissions",
    **operation(*_OF_OWN, answer=submissions.SUBMISSIONS),
)
async def list_competition_submissions(
    competition_id: UUID,
    wanted: Annotated[SubmissionQuery, Query()],
    call: Reviews,
    resources: OpenResources,
) -> SubmissionList:
    """List what was handed in to a competition of yours, newest first."""
    await resources.services.competitions.get(call, competition_id)
    page = await resources.services.drafts.list_handed_in(call, competition_id, wanted.limit, wanted.cursor)
    handed_in = tuple(Submission.of(view, for_submission(call.caller, view)) for view in page.data)
    return SubmissionList(submissions=handed_in, next_cursor=page.next_cursor)


@router.post(
    "/submission-drafts/{draft_id}/feedback",
    operation_id="leave_feedback",
    **operation(
        NO_SUCH_DRAFT,
        InvalidUuid,
        NOT_THE_CREATOR,
        once=True,
        request=submissions.FEEDBACK,
        answer=submissions.REVIEWED,
    ),
)
async def leave_feedback(
    draft_id: UUID, wanted: Feedback, call: Reviews, resources: OpenResources
) -> Submission:
    """Tell an entrant of a competition of yours what you think, in place of what you said before."""
    view = await resources.services.drafts.review(call, draft_id, wanted)
    return Submission.of(view, for_submission(call.caller, view))


@router.post(
    "/competitions/{competition_id}/winner",
    operation_id="select_winner",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        *_OF_OWN,
        NO_SUCH_WORK,
        INVALID_TRANSITION,
        PRIZE_NOT_HELD,
        once=True,
        request=competitions.CHOICE,
        answer=competitions.AWARDED,
    ),
)
async def select_winner(
    competition_id: UUID, wanted: Choice, call: Reviews, resources: OpenResources
) -> Competition:
    """Choose who wins, once, after the submission deadline. The prize goes to the winner whole."""
    try:
        work = await resources.services.drafts.get(call, wanted.submission_id)
        after = [(work.id, work.version)]
    except NotFound:
        after = []  # the task service says what it is
    view = await resources.services.competitions.choose_winner(call, competition_id, wanted, after)
    return Competition.of(view, for_competition(call.caller, view))
