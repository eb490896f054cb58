"""The stream of a drop: claims, submissions, the time left and the ranking, as they come."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.drops import DropView
from joust_contracts.vocabulary import DropGrade, DropStatus
from joust_gateway.dialects.drops.waiting import is_over
from joust_gateway.dialects.straw.watching import Opening, Resumption
from joust_gateway.resources import Resources
from joust_gateway.streams.event_stream import EventStream
from joust_gateway.streams.views import Single
from joust_gateway.streams.watches import State


class WatchedJob(Message):
    """What may change of a drop while one looks on."""

    id: UUID
    status: DropStatus
    max_claims: int
    claims_count: int
    submissions_count: int
    closes_at: UtcDatetime | None = Field(description="Less `server_time` it is the time left.")
    cancel_scheduled: bool
    grade: DropGrade | None
    grade_rationale: str | None
    winning_submission_id: UUID | None
    failure_reason: str | None

    @classmethod
    def of(cls, view: DropView) -> Self:
        """Translate."""
        drop, result = view.drop, view.drop.result
        return cls(
            claims_count=view.claims_count,
            cancel_scheduled=drop.cancel_requested_at is not None and drop.status is DropStatus.OPEN,
            grade=None if result is None else result.grade,
            grade_rationale=None if result is None else result.grade_rationale,
            winning_submission_id=None if result is None else result.submission_id,
            **drop.model_dump(),
        )


class StreamedJob(WatchedJob):
    """A drop, and our clock."""

    server_time: UtcDatetime


async def watch_drop(asked: Resumption, drop_id: UUID, resources: Resources) -> EventStream:
    """Begin a stream. Raises what the task service refuses with, ``Unavailable`` or ``TooManyStreams``."""
    call = asked.call

    async def read() -> State:
        view = await resources.services.drops.get(call, drop_id)
        body = WatchedJob.of(view).model_dump_json().encode()
        return State(view.drop.version, body, is_over=is_over(view.drop))

    key = "drop", drop_id, call.caller.actor.account_id
    with Opening(asked, resources) as opening:
        watch = opening.hold(key, drop_id, read)
        await watch.present()
        return opening.stream(Single("job", watch))
