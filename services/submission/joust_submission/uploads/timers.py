"""The end of a registered submission whose artifact never came, as a durable timer."""

from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import SubmissionFailed
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_submission.submissions import repository as submissions

NEVER_COMPLETED = (
    "No artifact was completed while it could be: uploads ended an hour after the task's deadline."
)


class EndUpload(Command):
    """The submission to which no artifact can come any more."""

    submission_id: UUID


@job(EndUpload, queue="end_upload", max_attempts=1000)
async def end_upload(body: EndUpload, context: JobContext) -> None:
    """End the submission. Running twice, or after the artifact came, changes nothing."""
    async with context.database.transaction() as unit:
        await fail_unfinished(unit, body.submission_id)
    if __debug__:
        failpoint("after_end_of_uploads_before_its_timer_is_done")


async def fail_unfinished(unit: UnitOfWork, submission_id: UUID) -> None:
    """Registered to failed, because the artifact was missing; anything else is left as it is."""
    submission = await submissions.lock(unit.session, submission_id)
    if submission is not None and submission.status == SubmissionStatus.REGISTERED:
        submission.fail(NEVER_COMPLETED)
        unit.emit(SubmissionFailed(submission=submission.snapshot()))
