"""The job that tries a judge on both samples, and writes down what came of it.

It may run twice; the first result of a check stands.
"""

from uuid import UUID

from joust_contracts.base import Command
from joust_evaluation.readiness import repository
from joust_evaluation.readiness.models import Readiness
from joust_evaluation.readiness.rules import (
    CHANGED,
    MAX_STARTS,
    NEVER_ENDED,
    Result,
    content_hash,
    failure,
)
from joust_evaluation.readiness.trying import NotTried, try_judge
from joust_evaluation.resources import resources_of
from joust_evaluation.tasks.models import KnownTask
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job


class CheckReadiness(Command):
    """The check to make."""

    task_id: UUID
    check_id: UUID


@job(
    CheckReadiness,
    queue="check_readiness",
    max_workers=1,  # never as many as judge submissions
    max_attempts=5,
    lease_seconds=30,
    renews_lease=True,
    first_delay_seconds=0.5,
    max_delay_seconds=30,
)
async def check_readiness(body: CheckReadiness, context: JobContext) -> None:
    """Bring the check to its end, or raise ``NotTried`` to be run again."""
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        check = await repository.start(unit.session, body.task_id, body.check_id)
        task = None if check is None else await unit.session.get(KnownTask, body.task_id)
    if check is None:
        return
    if __debug__:
        failpoint("after_check_is_begun_before_samples_are_judged")
    result = await _result(check, task, context)
    if __debug__:
        failpoint("after_samples_are_judged_before_readiness")
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        await repository.finish(unit.session, body.task_id, body.check_id, result, unit.now)


async def _result(check: Readiness, task: KnownTask | None, context: JobContext) -> Result:
    resources = resources_of(context)
    if task is None or content_hash(task, resources.judge.identity) != check.content_hash:
        return failure(CHANGED)
    if check.attempt > MAX_STARTS:
        return failure(NEVER_ENDED)
    try:
        return await try_judge(task, check.margin, resources)
    except NotTried as error:
        if error.is_passing and not context.is_last_attempt:
            raise
        return failure(str(error))
