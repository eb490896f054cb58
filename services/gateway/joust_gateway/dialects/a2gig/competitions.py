"""Competitions, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from joust_contracts.refusals.competitions import (
    COMPETITION_NOT_DRAFT,
    INVALID_TRANSITION,
    NO_SUCH_COMPETITION,
    NOT_THE_CREATOR,
    PRIZE_NOT_ASKED_FOR,
    PRIZE_NOT_COVERED,
)
from joust_contracts.vocabulary import CompetitionStatus, Scope
from joust_gateway.access.optional import optional_call
from joust_gateway.clients.call import Call, anonymous_call, calls
from joust_gateway.dialects.a2gig.examples import competitions as examples
from joust_gateway.dialects.a2gig.funding import outcome_of_funding
from joust_gateway.dialects.a2gig.next_actions import for_competition
from joust_gateway.dialects.a2gig.schemas.competitions import (
    Competition,
    CompetitionChanges,
    CompetitionList,
    CompetitionQuery,
    DeletedDraft,
    NewCompetition,
    Publication,
    named_as_sent,
)
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid, Unauthorized
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api", tags=["competitions"], route_class=TranslatingRoute)

Writes = Annotated[Call, calls(Scope.COMPETITIONS_WRITE)]
Publishes = Annotated[Call, calls(Scope.COMPETITIONS_PUBLISH)]
_OF_ONE = (NO_SUCH_COMPETITION, InvalidUuid)
_OF_OWN = (*_OF_ONE, NOT_THE_CREATOR)


@router.get(
    "/competitions",
    operation_id="list_competitions",
    **operation(answer=examples.COMPETITIONS, needs_key=False),
)
async def list_competitions(
    wanted: Annotated[CompetitionQuery, Query()],
    call: Annotated[Call, Depends(anonymous_call)],
    resources: OpenResources,
) -> CompetitionList:
    """List published competitions, newest first. Needs no key."""
    page = await resources.services.competitions.list_published(call, wanted)
    return CompetitionList(competitions=tuple(map(Competition.of, page.data)), next_cursor=page.next_cursor)


@router.get(
    "/me/competitions",
    operation_id="list_own_competitions",
    **operation(answer=examples.COMPETITIONS),
)
async def list_own_competitions(
    wanted: Annotated[CompetitionQuery, Query()],
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    resources: OpenResources,
) -> CompetitionList:
    """List the competitions that you made, drafts too, newest first."""
    page = await resources.services.competitions.list_own(call, wanted)
    own = tuple(Competition.of(view, for_competition(call.caller, view)) for view in page.data)
    return CompetitionList(competitions=own, next_cursor=page.next_cursor)


@router.post(
    "/competitions",
    operation_id="create_competition",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(once=True, status=201, request=examples.NEW_COMPETITION, answer=examples.DRAFT),
)
async def create_competition(wanted: NewCompetition, call: Writes, resources: OpenResources) -> Competition:
    """Make a draft. Nobody else sees it before it is published."""
    with named_as_sent():
        view = await resources.services.competitions.create(call, wanted.translated())
    return Competition.of(view, for_competition(call.caller, view))


@router.get(
    "/competitions/{competition_id}",
    operation_id="get_competition",
    **operation(*_OF_ONE, Unauthorized, answer=examples.OPEN, needs_key=False),
)
async def get_competition(
    competition_id: UUID, call: Annotated[Call, Depends(optional_call)], resources: OpenResources
) -> Competition:
    """Read a competition. Needs no key; with yours you see your drafts, and what you may do."""
    view = await resources.services.competitions.get(call, competition_id)
    return Competition.of(view, for_competition(call.caller, view))


@router.patch(
    "/competitions/{competition_id}",
    operation_id="update_competition",
    **operation(*_OF_OWN, COMPETITION_NOT_DRAFT, request=examples.CHANGES, answer=examples.DRAFT),
)
async def update_competition(
    competition_id: UUID, wanted: CompetitionChanges, call: Writes, resources: OpenResources
) -> Competition:
    """Change a draft. What is published stays as it is."""
    with named_as_sent():
        view = await resources.services.competitions.update(call, competition_id, wanted.translated())
    return Competition.of(view, for_competition(call.caller, view))


@router.delete(
    "/competitions/{competition_id}",
    operation_id="delete_competition",
    **operation(*_OF_OWN, COMPETITION_NOT_DRAFT, answer=examples.DELETED),
)
async def delete_competition(competition_id: UUID, call: Writes, resources: OpenResources) -> DeletedDraft:
    """Remove a draft for good."""
    return DeletedDraft(id=(await resources.services.competitions.delete(call, competition_id)).id)


@router.post(
    "/competitions/{competition_id}/publish",
    operation_id="publish_competition",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        *_OF_OWN,
        INVALID_TRANSITION,
        PRIZE_NOT_COVERED,
        once=True,
        request=examples.PUBLICATION,
        answer=examples.OPEN,
        pending="The prize is asked for, and the wallet has not answered yet.",
    ),
)
async def publish_competition(
    competition_id: UUID,
    wanted: Publication,
    call: Publishes,
    resources: OpenResources,
    response: Response,
) -> Competition:
    """Open a draft to entrants, until its submission deadline. The prize is set aside if your balance covers
    it, as `prize_funded` then says.

    With `require_funded` it opens only then, and else stays a draft (402). If that is not known within some
    seconds, the answer is 202 with the status `funding`: read the competition again.
    """
    with named_as_sent():
        view = await resources.services.competitions.publish(call, competition_id, wanted)
    if wanted.require_funded:
        view = await outcome_of_funding(call, competition_id, resources)
        response.status_code = 202 if view.status is CompetitionStatus.FUNDING else 200
    return Competition.of(view, for_competition(call.caller, view))


@router.post(
    "/competitions/{competition_id}/fund",
    operation_id="fund_competition",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(*_OF_OWN, INVALID_TRANSITION, PRIZE_NOT_ASKED_FOR, once=True, answer=examples.OPEN),
)
async def fund_competition(competition_id: UUID, call: Publishes, resources: OpenResources) -> Competition:
    """Have the prize of a published competition set aside after all, e.g. after a deposit."""
    view = await resources.services.competitions.fund(call, competition_id)
    return Competition.of(view, for_competition(call.caller, view))
