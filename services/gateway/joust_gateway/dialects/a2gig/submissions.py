"""What is handed in to competitions, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from joust_contracts.refusals.competitions import (
    NO_SUCH_COMPETITION,
    OWN_COMPETITION,
)
from joust_contracts.refusals.drafts import (
    NO_SUCH_DRAFT,
    NOT_A_DRAFT,
    NOT_AN_ENTRANT,
    NOT_THERE,
    SUBMISSIONS_CLOSED,
    TOO_MANY_DRAFTS,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.competitions import told_of
from joust_gateway.dialects.a2gig.examples import submissions as examples
from joust_gateway.dialects.a2gig.next_actions import for_submission
from joust_gateway.dialects.a2gig.schemas.submissions import (
    DraftChanges,
    Handover,
    NewDraft,
    OwnSubmissionQuery,
    Submission,
    SubmissionList,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["competitions"], route_class=TranslatingRoute)

Writes = Annotated[Call, calls(Scope.SUBMISSIONS_WRITE)]
Reads = Annotated[Call, calls(Scope.PROFILE_READ)]
_OF_ONE = (NO_SUCH_DRAFT, InvalidUuid)


@router.post(
    "/competitions/{competition_id}/submission-drafts",
    operation_id="create_submission_draft",
    dependencies=[limited(Limit.SUBMISSIONS)],
    **operation(
        NO_SUCH_COMPETITION,
        InvalidUuid,
        OWN_COMPETITION,
        NOT_AN_ENTRANT,
        SUBMISSIONS_CLOSED,
        TOO_MANY_DRAFTS,
        once=True,
        status=201,
        request=examples.NEW_DRAFT,
        answer=examples.DRAFT,
    ),
)
async def create_submission_draft(
    competition_id: UUID, wanted: NewDraft, call: Writes, resources: OpenResources
) -> Submission:
    """Begin to put work together for a competition that you joined. Nobody else sees it before it is
    handed in. You may hand in several pieces of work, at most 25; each may win."""
    competition = await resources.services.competitions.get(call, competition_id)
    view = await resources.services.drafts.create(call, competition_id, wanted, told_of(competition))
    return Submission.of(view, for_submission(call.caller, view))


@router.get(
    "/submission-drafts", operation_id="list_submission_drafts", **operation(answer=examples.SUBMISSIONS)
)
async def list_submission_drafts(
    wanted: Annotated[OwnSubmissionQuery, Query()], call: Reads, resources: OpenResources
) -> SubmissionList:
    """List your work, handed in or not, newest first."""
    page = await resources.services.drafts.list_own(call, wanted.competition_id, wanted.limit, wanted.cursor)
    own = tuple(Submission.of(view, for_submission(call.caller, view)) for view in page.data)
    return SubmissionList(submissions=own, next_cursor=page.next_cursor)


@router.get(
    "/submission-drafts/{draft_id}",
    operation_id="get_submission_draft",
    **operation(*_OF_ONE, answer=examples.DRAFT),
)
async def get_submission_draft(draft_id: UUID, call: Reads, resources: OpenResources) -> Submission:
    """Read work of yours, or what was handed in to a competition of yours."""
    view = await resources.services.drafts.get(call, draft_id)
    return Submission.of(view, for_submission(call.caller, view))


@router.patch(
    "/submission-drafts/{draft_id}",
    operation_id="update_submission_draft",
    **operation(*_OF_ONE, NOT_A_DRAFT, request=examples.CHANGES, answer=examples.DRAFT),
)
async def update_submission_draft(
    draft_id: UUID, wanted: DraftChanges, call: Writes, resources: OpenResources
) -> Submission:
    """Change a draft. What is handed in stays as it is."""
    view = await resources.services.drafts.update(call, draft_id, wanted)
    return Submission.of(view, for_submission(call.caller, view))


@router.post(
    "/submission-drafts/{draft_id}/submit",
    operation_id="submit_submission_draft",
    dependencies=[limited(Limit.SUBMISSIONS)],
    **operation(
        *_OF_ONE,
        NOT_A_DRAFT,
        SUBMISSIONS_CLOSED,
        NOT_AN_ENTRANT,
        OWN_COMPETITION,
        NOT_THERE,
        once=True,
        request=examples.HANDOVER,
        answer=examples.SUBMITTED,
    ),
)
async def submit_submission_draft(
    draft_id: UUID, wanted: Handover, call: Writes, resources: OpenResources
) -> Submission:
    """Hand work in with the files that you name; uploads that you don't name are given up.

    Each file is looked at in storage: it must have the size and the checksums that were announced.
    """
    view = await resources.services.drafts.submit(call, draft_id, wanted, [])
    return Submission.of(view, for_submission(call.caller, view))


@router.post(
    "/submission-drafts/{draft_id}/withdraw",
    operation_id="withdraw_submission_draft",
    **operation(
        *_OF_ONE, NOT_A_DRAFT, SUBMISSIONS_CLOSED, OWN_COMPETITION, once=True, answer=examples.WITHDRAWN
    ),
)
async def withdraw_submission_draft(draft_id: UUID, call: Writes, resources: OpenResources) -> Submission:
    """Take work back, until the submission deadline."""
    view = await resources.services.drafts.withdraw(call, draft_id)
    return Submission.of(view, for_submission(call.caller, view))
