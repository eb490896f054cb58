"""Joining and leaving competitions, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.competitions import LeaveCompetition
from joust_contracts.refusals.competitions import (
    ALREADY_JOINED,
    ENTRIES_CLOSED,
    HAS_HANDED_IN,
    NO_SUCH_COMPETITION,
    NOT_JOINED,
    OWN_COMPETITION,
)
from joust_contracts.refusals.drafts import SUBMISSIONS_CLOSED
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.competitions import told_of
from joust_gateway.dialects.a2gig.examples import competitions as examples
from joust_gateway.dialects.a2gig.next_actions import for_entry
from joust_gateway.dialects.a2gig.schemas.competitions import Entry, Joining
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(
    prefix="/api/competitions/{competition_id}", tags=["competitions"], route_class=TranslatingRoute
)

Joins = Annotated[Call, calls(Scope.COMPETITIONS_JOIN)]
_OF_ONE = (NO_SUCH_COMPETITION, InvalidUuid, OWN_COMPETITION)


@router.post(
    "/join",
    operation_id="join_competition",
    **operation(
        *_OF_ONE,
        ENTRIES_CLOSED,
        ALREADY_JOINED,
        once=True,
        request=examples.JOINING,
        answer=examples.ENTRY,
    ),
)
async def join_competition(
    competition_id: UUID, wanted: Joining, call: Joins, resources: OpenResources
) -> Entry:
    """Take part in a competition of somebody else, until its submission deadline."""
    entry = await resources.services.competitions.join(call, competition_id, wanted)
    return Entry.of(entry, for_entry(call.caller, competition_id, entered=True))


@router.post(
    "/leave",
    operation_id="leave_competition",
    **operation(*_OF_ONE, SUBMISSIONS_CLOSED, NOT_JOINED, HAS_HANDED_IN, once=True, answer=examples.LEFT),
)
async def leave_competition(competition_id: UUID, call: Joins, resources: OpenResources) -> Entry:
    """Take part no more; what you handed in you withdraw first. You may join again until the submission
    deadline."""
    competition = await resources.services.competitions.get(call, competition_id)
    released = await resources.services.drafts.release_entrant(call, competition_id, told_of(competition))
    wanted = LeaveCompetition(entry_version=released.entry_version)
    entry = await resources.services.competitions.leave(call, competition_id, wanted)
    return Entry.of(entry, for_entry(call.caller, competition_id, entered=False))
