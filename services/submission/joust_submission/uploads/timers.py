"""The end of registered submissions whose artifact never came: by a durable timer, or with their task."""

from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import SubmissionFailed
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_submission.submissions import repository as submissions
from joust_submission.submissions.models import Submission
from joust_submission.uploads import repository

NEVER_COMPLETED = (
    "No artifact was completed while it could be: uploads ended an hour after the task's deadline."
)

NOT_BEFORE_CLOSE = "No artifact was completed before the task was closed."
_BATCH_SIZE = 100


class EndUpload(Command):
    """The submission to which no artifact can come any more."""

    submission_id: UUID


class EndUploadsOfTask(Command):
    """The task that was closed."""

    task_id: UUID


@job(EndUpload, queue="end_upload", max_attempts=1000)
async def end_upload(body: EndUpload, context: JobContext) -> None:
    """End the submission. Running twice, or after the artifact came, changes nothing."""
    async with context.database.transaction() as unit:
        await fail_unfinished(unit, body.submission_id)
    if __debug__:
        failpoint("after_end_of_uploads_before_its_timer_is_done")


@job(EndUploadsOfTask, queue="end_uploads_of_task", max_workers=1, max_attempts=1000)
async def end_uploads_of_task(body: EndUploadsOfTask, context: JobContext) -> None:
    """End what is registered in a closed task, batch by batch. Running twice changes nothing.

    Nothing new is registered meanwhile: whoever registers holds the task, and finds it closed.
    """
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        waiting = await repository.lock_registered(unit.session, body.task_id, _BATCH_SIZE)
        for submission in waiting:
            await unit.cancel(end_upload, str(submission.id))
            _fail(unit, submission, NOT_BEFORE_CLOSE)
        if len(waiting) == _BATCH_SIZE:
            await unit.schedule(end_uploads_of_task, body)


async def fail_unfinished(unit: UnitOfWork, submission_id: UUID) -> None:
    """Registered to failed, because the artifact was missing; anything else is left as it is."""
    submission = await submissions.lock(unit.session, submission_id)
    if submission is not None and submission.status == SubmissionStatus.REGISTERED:
        _fail(unit, submission, NEVER_COMPLETED)


def _fail(unit: UnitOfWork, submission: Submission, reason: str) -> None:
    submission.fail(reason)
    unit.emit(SubmissionFailed(submission=submission.snapshot()))
