"""A durable timer for each running submission: it looks whether the result is there.

An event may be lost with its topic, and an evaluation with its job. Then the submission is told again as it
is: evaluation queues what it never heard of, runs again what lost its job, and tells a lost result again.
After ``stuck_max_reminders`` of these the submission ends as ``evaluation_failed``; its slot is given back.
Reminders that are answered do not count: evaluation sees to the end of what it has in hand.
"""

from datetime import timedelta
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import SubmissionFailed, SubmissionSnapshotEvent
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_kit.observability.logging import get_logger
from joust_submission.rejudges.results import note_failure
from joust_submission.settings import SubmissionSettings
from joust_submission.slots import repository as slots
from joust_submission.stuck.rules import GIVEN_UP, pause_before_look, timer_of
from joust_submission.submissions import repository
from joust_submission.submissions.models import Submission

log = get_logger(__name__)


class LookForResult(Command):
    """The iteration that is waited for."""

    submission_id: UUID
    iteration: int


@job(LookForResult, queue="look_for_result", max_workers=1, max_attempts=1000)
async def look_for_result(body: LookForResult, context: JobContext) -> None:
    """Remind, or give up. Running twice, or once the result is there, changes nothing."""
    settings: SubmissionSettings = context.resources.settings
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        submission = await repository.lock(unit.session, body.submission_id)
        if submission is None or not waits(submission, body.iteration):
            return
        if submission.times_unanswered >= settings.stuck_max_reminders:
            await give_up(unit, submission)
        else:
            await _remind(unit, submission, settings)
    if __debug__:
        failpoint("after_reminder_before_its_timer_is_done")


async def expect_result(unit: UnitOfWork, submission: Submission, settings: SubmissionSettings) -> None:
    """Set the timer of an iteration that has just begun, or was just told again."""
    times = submission.times_told_again
    await unit.schedule(
        look_for_result,
        LookForResult(submission_id=submission.id, iteration=submission.iteration),
        # By the database's clock and not by this process's: a wrong clock must fail no submission.
        delay=pause_before_look(
            submission.times_unanswered, settings.stuck_after, settings.stuck_longest_pause
        ),
        timer_id=timer_of(submission.id, submission.iteration, times),
    )


async def expect_result_later(unit: UnitOfWork, submission: Submission, until: timedelta) -> None:
    """Count reminders anew, and look no sooner than in ``until``: somebody has the iteration in hand.

    News that comes again moves the timer again, which loses nothing.
    """
    await expect_no_result(unit, submission)
    submission.times_answered = submission.times_told_again
    await unit.schedule(
        look_for_result,
        LookForResult(submission_id=submission.id, iteration=submission.iteration),
        delay=until,
        timer_id=timer_of(submission.id, submission.iteration, submission.times_told_again),
    )


async def expect_no_result(unit: UnitOfWork, submission: Submission) -> None:
    """Forget the timer of an iteration that has its result."""
    timer = timer_of(submission.id, submission.iteration, submission.times_told_again)
    await unit.cancel(look_for_result, timer)


async def give_up(unit: UnitOfWork, submission: Submission) -> None:
    """End the iteration without a score. The slot is given back unless an earlier iteration had a score."""
    reason = GIVEN_UP.format(submission_id=submission.id)
    submission.give_up(reason)
    await note_failure(unit, submission, reason)
    log.error("submission given up", submission_id=str(submission.id), iteration=submission.iteration)
    await return_slot(unit, submission)
    unit.emit(SubmissionFailed(submission=submission.snapshot()))


async def return_slot(unit: UnitOfWork, submission: Submission) -> None:
    """Give back the slot of a submission that the platform failed, once, unless it bought a score before."""
    if submission.judgement is None:
        await slots.give_back(
            unit.session,
            submission_id=submission.id,
            task_id=submission.task_id,
            account_id=submission.account_id,
            at=unit.now,
        )


async def _remind(unit: UnitOfWork, submission: Submission, settings: SubmissionSettings) -> None:
    submission.times_told_again += 1
    log.warning(
        "result is overdue",
        submission_id=str(submission.id),
        iteration=submission.iteration,
        times_told_again=submission.times_told_again,
    )
    # Nothing happened, so it is told as a snapshot: a second submission.received would be a second webhook.
    unit.emit(SubmissionSnapshotEvent(submission=submission.snapshot()))
    await expect_result(unit, submission, settings)


def waits(submission: Submission, iteration: int) -> bool:
    """True if the iteration is the present one and has no result."""
    return submission.status is SubmissionStatus.RUNNING and submission.iteration == iteration
