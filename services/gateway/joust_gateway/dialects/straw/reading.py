"""A submission as its reader sees it: put together from the services that know of it."""

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple, TypeVar
from uuid import UUID

from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.internal.evaluations import QueueView
from joust_contracts.internal.submissions import QuotaView, SubmissionView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.vocabulary import SubmissionStatus
from joust_gateway.clients.call import Call
from joust_gateway.dialects.straw.next_actions import for_finished, for_unfinished, is_over
from joust_gateway.dialects.straw.schemas.submissions import Submission
from joust_gateway.resources import Resources
from joust_kit.errors import JoustError, NotFound
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

T = TypeVar("T")


class Sight(NamedTuple):
    """A submission as one reader saw it."""

    submission: Submission
    version: int
    is_over: bool
    """Nothing more happens to it by itself."""


async def read_submission(call: Call, submission_id: UUID, resources: Resources) -> Sight:
    """Raises what the submission service refuses with.

    A score is told even while its place on the leaderboard or the task's state can't be: these are extras.
    """
    view = await resources.services.submissions.get(call, submission_id)
    if not is_over(view):
        place = await _place(call, view, resources)
        waiting = Submission.of(view, None, for_unfinished(call.caller, view), place)
        return Sight(waiting, view.submission.version, is_over=False)
    position, task = await asyncio.gather(
        position_of(call, view.submission, resources, keeps_earlier=view.earlier_score is not None),
        _extra(resources.services.tasks.get(call, view.submission.task_id), resources),
    )
    submission = Submission.of(view, position, for_finished(call.caller, view, task))
    return Sight(submission, view.submission.version, is_over=True)


async def read_task_of(call: Call, submission_id: UUID, resources: Resources) -> TaskView:
    """The submission's task as it is now: what was closed a moment ago takes nothing."""
    view = await resources.services.submissions.get(call, submission_id)
    return await resources.services.tasks.get(call, view.submission.task_id)


async def read_quota(call: Call, task_id: UUID, resources: Resources) -> QuotaView | None:
    """``None`` for a task that the submission service does not know, such as a draft: nothing was used."""
    try:
        return await resources.services.submissions.quota(call, task_id)
    except NotFound:
        return None


async def position_of(
    call: Call, submission: SubmissionSnapshot, resources: Resources, *, keeps_earlier: bool = False
) -> int | None:
    """The place of a submission's account; ``None`` without a score, or if ranking does not answer in time.

    ``keeps_earlier``: the present evaluation has no score, and one before it has.
    """
    if not (submission.evaluated or keeps_earlier):
        return None
    found = await _extra(resources.services.rankings.position(call, submission), resources)
    return None if found is None else found.position


async def _place(call: Call, view: SubmissionView, resources: Resources) -> QueueView | None:
    if view.submission.status is not SubmissionStatus.RUNNING:
        return None
    return await _extra(resources.services.evaluations.place(call, view.submission.id), resources)


async def _extra(asked: Awaitable[T], resources: Resources) -> T | None:
    try:
        async with asyncio.timeout(resources.settings.extras_timeout_seconds):
            return await asked
    except (JoustError, TimeoutError) as error:
        log.info("answered without an extra", error=repr(error))
        return None
