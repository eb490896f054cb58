"""Joining and leaving competitions, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from joust_contracts.refusals.competitions import (
    ALREADY_JOINED,
    ENTRIES_CLOSED,
    NO_SUCH_COMPETITION,
    NOT_JOINED,
    OWN_COMPETITION,
)
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
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
_OF_ONE = (NO_SUCH_COMPETITION, InvalidUuid, OWN_COMPETITION, ENTRIES_CLOSED)


@router.post(
    "/join",
    operation_id="join_competition",
    **operation(
        *_OF_ONE,
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
    **operation(*_OF_ONE, NOT_JOINED, once=True, answer=examples.LEFT),
)
async def leave_competition(competition_id: UUID, call: Joins, resources: OpenResources) -> Entry:
    """Take part no more. You may join again until the submission deadline."""
    entry = await resources.services.competitions.leave(call, competition_id)
    return Entry.of(entry, for_entry(call.caller, competition_id, entered=False))
