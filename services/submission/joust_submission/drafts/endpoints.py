"""Internal API of what is handed in to competitions. No transaction waits for storage."""

import asyncio
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import (
    BoardView,
    CreateDraft,
    DraftView,
    ReviewSubmission,
    SubmitDraft,
    UpdateDraft,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unauthorized, Unavailable
from joust_kit.failpoints import failpoint
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    ExpectedVersions,
    Reading,
    TransactionalRoute,
    TranslatingRoute,
    Unit,
    answer_once,
    answered_before,
)
from joust_kit.identity import Actor
from joust_submission.assets.checking import Verified, verify
from joust_submission.assets.errors import NotThere
from joust_submission.assets.queries import find_named
from joust_submission.contests.queries import wait_for_contests
from joust_submission.drafts import commands, queries
from joust_submission.drafts.board import read_board
from joust_submission.drafts.errors import (
    CompetitionNotKnown,
    DraftNotFound,
    NotADraft,
    NotAnEntrant,
    NotTheCreator,
    OwnCompetition,
    SubmissionsClosed,
    TooManyDrafts,
)
from joust_submission.resources import OpenResources, Resources

router = APIRouter(prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized))
submitting = APIRouter(prefix="/internal", route_class=TranslatingRoute, responses=responses(Unauthorized))

Limit = Annotated[int, Query(ge=1, le=100)]
PlaceInList = Annotated[str | None, Query(max_length=200)]


@router.post(
    "/competitions/{competition_id}/drafts",
    status_code=201,
    responses=responses(CompetitionNotKnown, OwnCompetition, NotAnEntrant, SubmissionsClosed, TooManyDrafts),
)
async def create_draft(
    competition_id: UUID,
    wanted: CreateDraft,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> DraftView:
    """Begin to put work together."""
    await wait_for_contests(resources.database, expected)
    made = await commands.create_draft(unit, actor, competition_id, wanted, resources.settings)
    return made.view()


@router.get("/drafts")
async def list_own(
    actor: CurrentActor,
    session: Reading,
    competition_id: UUID | None = None,
    limit: Limit = 20,
    cursor: PlaceInList = None,
) -> Page[DraftView]:
    """List the actor's work."""
    return await queries.list_own(session, actor, competition_id, limit, cursor)


@router.get("/drafts/{draft_id}", responses=responses(DraftNotFound))
async def get_draft(draft_id: UUID, actor: CurrentActor, session: Reading) -> DraftView:
    """Read work."""
    return await queries.get_draft(session, actor, draft_id)


@router.patch("/drafts/{draft_id}", responses=responses(DraftNotFound, NotADraft))
async def update_draft(draft_id: UUID, wanted: UpdateDraft, actor: CurrentActor, unit: Unit) -> DraftView:
    """Change fields of a draft."""
    return (await commands.update_draft(unit, actor, draft_id, wanted)).view()


@router.post("/drafts/{draft_id}/withdraw", responses=responses(DraftNotFound, NotADraft, SubmissionsClosed))
async def withdraw_draft(draft_id: UUID, actor: CurrentActor, unit: Unit) -> DraftView:
    """Take work back."""
    return (await commands.withdraw_draft(unit, actor, draft_id)).view()


@router.post("/drafts/{draft_id}/review", responses=responses(DraftNotFound, NotTheCreator))
async def review_submission(
    draft_id: UUID, wanted: ReviewSubmission, actor: CurrentActor, unit: Unit
) -> DraftView:
    """Leave feedback."""
    return (await commands.review_submission(unit, actor, draft_id, wanted)).view()


@router.get(
    "/competitions/{competition_id}/submissions", responses=responses(CompetitionNotKnown, NotTheCreator)
)
async def list_handed_in(
    competition_id: UUID,
    actor: CurrentActor,
    session: Reading,
    limit: Limit = 20,
    cursor: PlaceInList = None,
) -> Page[DraftView]:
    """List what was handed in to a competition of the actor's."""
    return await queries.list_handed_in(session, actor, competition_id, limit, cursor)


@router.get("/competitions/{competition_id}/board", responses=responses(CompetitionNotKnown))
async def get_board(
    competition_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
    limit: Limit = 20,
    cursor: PlaceInList = None,
) -> BoardView:
    """Read what a competition got, as far as the actor may see it."""
    await wait_for_contests(resources.database, expected)
    async with resources.database.reading() as session:
        now = resources.database.clock.now()
        return await read_board(session, actor, competition_id, limit, cursor, now)


@submitting.post(
    "/drafts/{draft_id}/submit",
    response_model=DraftView,
    responses=responses(DraftNotFound, NotADraft, SubmissionsClosed, NotAnEntrant, NotThere),
)
async def submit_draft(
    draft_id: UUID,
    wanted: SubmitDraft,
    request: Request,
    expected: ExpectedVersions,
    actor: CurrentActor,
    resources: OpenResources,
) -> Response:
    """Hand work in, once every named file was seen in storage."""
    if (answer := await answered_before(request)) is not None:
        return answer
    await wait_for_contests(resources.database, expected)
    try:
        verified = await _looked_at(resources, actor, draft_id, wanted)
    except (NotADraft, NotThere):
        # The same request, sent twice at once, may have handed it in since the first look.
        if (answer := await answered_before(request)) is not None:
            return answer
        raise
    if __debug__:
        failpoint("after_files_are_verified_before_they_are_handed_in")

    async def act(unit: UnitOfWork) -> BaseModel:
        return (await commands.submit_draft(unit, actor, draft_id, wanted, verified)).view()

    return await answer_once(request, await request.body(), act, status=200)


async def _looked_at(
    resources: Resources, actor: Actor, draft_id: UUID, wanted: SubmitDraft
) -> Sequence[Verified]:
    """The named files, as they lie in storage now. Raises as ``find_named`` and ``verify`` do."""
    try:
        async with (
            asyncio.timeout(resources.settings.submit_timeout_seconds),
            resources.drafts_at_hand.on(draft_id),
        ):
            named = await find_named(resources, actor, draft_id, wanted.assets)
            kept_since = resources.database.clock.now() - resources.settings.orphan_min_age / 2
            return await verify(resources.storage, named, resources.database.ids, kept_since=kept_since)
    except TimeoutError as error:
        raise Unavailable(
            "Looking at the files took too long. Try again: it goes on where it stopped."
        ) from error
