"""Leaderboards of competitions, and their streams, in the A2Gig dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from joust_contracts.internal.competitions import CompetitionView
from joust_contracts.internal.drafts import BoardView
from joust_contracts.refusals.competitions import NO_SUCH_COMPETITION
from joust_gateway.access.errors import TooManyStreams
from joust_gateway.access.optional import optional_call
from joust_gateway.clients.call import Call
from joust_gateway.dialects.a2gig.examples import leaderboards as examples
from joust_gateway.dialects.a2gig.schemas.leaderboards import Leaderboard, StreamedLeaderboard
from joust_gateway.dialects.a2gig.schemas.submissions import SubmissionQuery
from joust_gateway.dialects.straw.streams import Asked
from joust_gateway.dialects.straw.watching import Opening
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources, Resources
from joust_gateway.streams.event_stream import EventStream
from joust_gateway.streams.openings import PatientRoute
from joust_gateway.streams.views import Single
from joust_gateway.streams.watches import State
from joust_kit.errors import InvalidUuid, Unauthorized
from joust_kit.http.transactions import TranslatingRoute

_PREFIX = "/api/competitions/{competition_id}/leaderboard"
router = APIRouter(prefix=_PREFIX, tags=["competitions"], route_class=TranslatingRoute)
streams = APIRouter(prefix=_PREFIX, tags=["competitions"], route_class=PatientRoute)


@router.get(
    "",
    operation_id="get_competition_leaderboard",
    **operation(NO_SUCH_COMPETITION, InvalidUuid, Unauthorized, answer=examples.LEADERBOARD, needs_key=False),
)
async def get_competition_leaderboard(
    competition_id: UUID,
    wanted: Annotated[SubmissionQuery, Query()],
    call: Annotated[Call, Depends(optional_call)],
    resources: OpenResources,
) -> Leaderboard:
    """Read what was handed in to a competition, and who won. Needs no key; with yours you see your own
    entries before the submission deadline, and its creator sees all."""
    view = await resources.services.competitions.get(call, competition_id)
    board = await _board_of(call, view, resources, wanted.limit, wanted.cursor)
    return Leaderboard.of(view, board)


@streams.get(
    "/stream",
    operation_id="stream_competition_leaderboard",
    response_class=EventStream,
    response_model=None,
    **operation(
        NO_SUCH_COMPETITION,
        InvalidUuid,
        TooManyStreams,
        answer=examples.LEADERBOARD_STREAM,
        events={"leaderboard": StreamedLeaderboard, "terminal": StreamedLeaderboard, "error": "ErrorAnswer"},
    ),
)
async def stream_competition_leaderboard(
    competition_id: UUID, asked: Asked, resources: OpenResources
) -> EventStream:
    """Server-sent events: `leaderboard` now and whenever somebody joins, hands in or takes back, and when the
    status changes, then `terminal` once there is a winner, or none in time.

    Data is the first page of `GET /api/competitions/{competition_id}/leaderboard` and `server_time`, the same
    for all readers but the creator: until the submission deadline your own entries are not in it. For ids,
    `error` and the end after 270 seconds see `GET /api/v1/submissions/{submission_id}/stream`.
    """

    async def read_as(reader: Call) -> State:
        view = await resources.services.competitions.get(reader, competition_id)
        board = await _board_of(reader, view, resources)
        shown = Leaderboard.of(view, board)
        return State(
            view.version + (0 if board is None else board.version),
            shown.model_dump_json().encode(),
            is_over=view.status.is_over,
            owner_id=view.owner_id,
        )

    with Opening(asked, resources) as opening:
        watch = await opening.hold_as_reader("competition leaderboard", competition_id, read_as)
        return opening.stream(Single("leaderboard", watch))


async def _board_of(
    call: Call, view: CompetitionView, resources: Resources, limit: int = 20, cursor: str | None = None
) -> BoardView | None:
    """``None`` of a draft, of which the submission service has not heard."""
    if not view.status.is_published:
        return None
    after = [(view.id, view.version)]
    return await resources.services.drafts.board(call, view.id, after, limit, cursor)
