"""Streams of the Straw dialect: server-sent events instead of polling."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header

from joust_contracts.refusals.submissions import NO_SUCH_SUBMISSION
from joust_contracts.refusals.tasks import NO_SUCH_TASK
from joust_contracts.vocabulary import Scope
from joust_gateway.access.errors import TooManyStreams
from joust_gateway.clients.call import Call, calls
from joust_gateway.dialects.straw.examples import streams as examples
from joust_gateway.dialects.straw.schemas.streams import (
    StreamedLeaderboard,
    StreamedSubmission,
    StreamedTask,
)
from joust_gateway.dialects.straw.watching import (
    Resumption,
    watch_leaderboard,
    watch_submission,
    watch_task,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_gateway.streams.event_stream import EventStream
from joust_gateway.streams.openings import PatientRoute
from joust_kit.errors import InvalidUuid

router = APIRouter(prefix="/api/v1", route_class=PatientRoute)

_REFUSED = (InvalidUuid, TooManyStreams)


async def _resumption(
    call: Annotated[Call, calls(Scope.PROFILE_READ)],
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID", description="The id of the last event that was seen, to go on after it."
        ),
    ] = None,
) -> Resumption:
    return Resumption(call, last_event_id)


Asked = Annotated[Resumption, Depends(_resumption)]


@router.get(
    "/submissions/{submission_id}/stream",
    tags=["submissions"],
    operation_id="stream_submission",
    response_class=EventStream,
    response_model=None,
    **operation(
        NO_SUCH_SUBMISSION,
        *_REFUSED,
        answer=examples.SUBMISSION_STREAM,
        events={"submission": StreamedSubmission, "terminal": StreamedSubmission, "error": "ErrorAnswer"},
    ),
)
async def stream_submission(submission_id: UUID, asked: Asked, resources: OpenResources) -> EventStream:
    """Server-sent events: `submission` now and on every change, then `terminal` once it is over.

    Data is the JSON of `GET /api/v1/submissions/{submission_id}` and `server_time`; the event's id is the
    submission's version. `error` carries an error answer and ends the stream. After 270 seconds the stream
    ends; open it again with `Last-Event-ID`, and you are told only what you have not seen.
    """
    return await watch_submission(asked, submission_id, resources)


@router.get(
    "/tasks/{task_id}/leaderboard/stream",
    tags=["tasks"],
    operation_id="stream_leaderboard",
    response_class=EventStream,
    response_model=None,
    **operation(
        NO_SUCH_TASK,
        *_REFUSED,
        answer=examples.LEADERBOARD_STREAM,
        events={"leaderboard": StreamedLeaderboard, "terminal": StreamedLeaderboard, "error": "ErrorAnswer"},
    ),
)
async def stream_leaderboard(task_id: UUID, asked: Asked, resources: OpenResources) -> EventStream:
    """Server-sent events: `leaderboard` now and on every change of ranks, scores, names or status, then
    `terminal` once the task is closed.

    Data is the first page of `GET /api/v1/tasks/{task_id}/leaderboard` and `server_time`, the same for all
    readers but the task's owner: until the reveal your own `submissionId` is null in it, too. For ids,
    `error` and the end after 270 seconds see `GET /api/v1/submissions/{submission_id}/stream`.
    """
    return await watch_leaderboard(asked, task_id, resources)


@router.get(
    "/tasks/{task_id}/events/stream",
    tags=["tasks"],
    operation_id="stream_task",
    response_class=EventStream,
    response_model=None,
    **operation(
        NO_SUCH_TASK,
        *_REFUSED,
        answer=examples.TASK_STREAM,
        events={"task": StreamedTask, "terminal": StreamedTask, "error": "ErrorAnswer"},
    ),
)
async def stream_task(task_id: UUID, asked: Asked, resources: OpenResources) -> EventStream:
    """Server-sent events: `task` now and on every change of status, deadline, `eval_mode` or your quota, then
    `terminal` once the task is closed.

    `server_time` is our clock when the event was sent: `deadline` less `server_time` is how long you have,
    whatever your own clock says. For ids, `error` and the end after 270 seconds see
    `GET /api/v1/submissions/{submission_id}/stream`.
    """
    return await watch_task(asked, task_id, resources)
