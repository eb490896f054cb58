"""Server-sent events of the Drops dialect."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.refusals.drops import NO_SUCH_DROP
from joust_gateway.access.errors import TooManyStreams
from joust_gateway.dialects.drops import examples
from joust_gateway.dialects.drops.watching import StreamedJob, watch_drop
from joust_gateway.dialects.straw.streams import Asked
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_gateway.streams.event_stream import EventStream
from joust_gateway.streams.openings import PatientRoute
from joust_kit.errors import InvalidUuid

router = APIRouter(prefix="/api/jobs", tags=["drops"], route_class=PatientRoute)


@router.get(
    "/{job_id}/stream",
    operation_id="stream_job",
    response_class=EventStream,
    response_model=None,
    **operation(
        NO_SUCH_DROP,
        InvalidUuid,
        TooManyStreams,
        answer=examples.JOB_STREAM,
        events={"job": StreamedJob, "terminal": StreamedJob, "error": "ErrorAnswer"},
    ),
)
async def stream_job(job_id: UUID, asked: Asked, resources: OpenResources) -> EventStream:
    """Server-sent events: `job` now and on every claim, submission and change of status, then `terminal` once
    the drop is over.

    `closes_at` less `server_time` is the time left. Who neither posted nor claimed the drop is told until it
    closes; then the stream ends with `error`. For ids and the end after 270 seconds see
    `GET /api/v1/submissions/{submission_id}/stream`.
    """
    return await watch_drop(asked, job_id, resources)
