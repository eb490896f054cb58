"""The job that goes through a task, some submissions in each transaction."""

from uuid import UUID

from joust_contracts.base import Command
from joust_kit.jobs import JobContext, job
from joust_submission.rejudges.commands import rejudge_next
from joust_submission.settings import SubmissionSettings

_BATCH = 50


class RejudgeSubmissions(Command):
    """The time that a task is judged again."""

    rejudge_id: UUID


@job(RejudgeSubmissions, queue="rejudge_submissions", max_workers=1, max_attempts=1000, lease_seconds=30)
async def rejudge_submissions(body: RejudgeSubmissions, context: JobContext) -> None:
    """Begin all. What a worker that died had begun stands; another goes on from there."""
    settings: SubmissionSettings = context.resources.settings
    more = True
    while more:
        async with context.database.transaction(correlation_id=context.correlation_id) as unit:
            more = await rejudge_next(unit, body.rejudge_id, settings, _BATCH)
