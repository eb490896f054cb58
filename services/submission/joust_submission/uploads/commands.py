"""What can be done to submissions whose artifact is to come. Each runs in the caller's transaction, which the
edge commits."""

from uuid import UUID

from joust_contracts.events import SubmissionFailed, SubmissionReceived, SubmissionRegistered
from joust_contracts.internal.uploads import CompletedUpload, RegisteredView, RegisterSubmission
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import JoustError, Unavailable
from joust_kit.identity import Actor
from joust_submission.resources import Resources
from joust_submission.stuck.jobs import expect_result
from joust_submission.submissions import repository as submissions
from joust_submission.submissions.commands import checked_task, use_quota
from joust_submission.submissions.errors import SubmissionNotFound
from joust_submission.submissions.models import Submission
from joust_submission.submissions.queries import quota_view
from joust_submission.tasks import repository as tasks
from joust_submission.uploads import repository
from joust_submission.uploads.errors import SubmissionInProgress
from joust_submission.uploads.intake import Taken
from joust_submission.uploads.links import output_url, upload_view
from joust_submission.uploads.queries import check_is_submitter, check_is_waiting
from joust_submission.uploads.timers import EndUpload, end_upload


async def register_submission(
    unit: UnitOfWork, actor: Actor, task_id: UUID, wanted: RegisterSubmission, resources: Resources
) -> RegisteredView:
    """Take a place, which uses one of the account's quota; the artifact follows.

    Raises ``TaskNotFound``, ``TaskNotOpen``, ``DeadlinePassed``, ``OwnTask``, ``QuotaExhausted`` or
    ``SubmissionInProgress``.
    """
    task = checked_task(await tasks.hold(unit.session, task_id), actor, unit.now)
    used = await use_quota(unit, actor, task)
    until = task.deadline + resources.settings.upload_grace
    submission = Submission(
        id=unit.new_id(),
        task_id=task.id,
        task_owner_id=task.owner_id,
        account_id=actor.account_id,
        agent_id=actor.agent_id,
        agent_display_name=wanted.agent_display_name or actor.display_name,
        status=SubmissionStatus.REGISTERED,
        created_at=unit.now,
        upload_until=until,
    )
    if not await repository.add_registered(unit.session, submission):
        other = await repository.registered_of(unit.session, task.id, actor.account_id)
        raise SubmissionInProgress(submission_id=str(other))
    unit.emit(SubmissionRegistered(submission=submission.snapshot()))
    await unit.schedule(
        end_upload, EndUpload(submission_id=submission.id), at=until, timer_id=str(submission.id)
    )
    return RegisteredView(
        submission=submission.snapshot(),
        quota=quota_view(used, task.max_submissions_per_agent),
        upload=upload_view(resources.storage, submission.id, unit.now, until),
    )


async def complete_upload(
    unit: UnitOfWork, actor: Actor, submission_id: UUID, taken: Taken | None, resources: Resources
) -> CompletedUpload | JoustError:
    """Have the artifact evaluated, or, if it is unfit, end the submission: then what is wrong is returned.

    Raises ``SubmissionNotFound``, ``NotTheSubmitter``, ``WrongStatus``, ``TaskClosed``, ``DeadlinePassed``;
    without ``taken`` always, because that was decided by one of these.
    """
    submission = await submissions.lock(unit.session, submission_id)
    if submission is None:
        raise SubmissionNotFound()
    check_is_submitter(submission, actor)
    task = await tasks.hold(unit.session, submission.task_id)
    # One moment for both, so that nothing is taken that was received after the deadline.
    now = unit.now
    check_is_waiting(submission, task, now)
    if taken is None:
        raise Unavailable()
    await unit.cancel(end_upload, str(submission.id))
    outcome = taken.outcome
    if isinstance(outcome, JoustError):
        submission.fail(str(outcome))
        unit.emit(SubmissionFailed(submission=submission.snapshot()))
        return outcome
    submission.receive(outcome, now)
    # Now, while the copy is still taken back should the database refuse the row.
    await unit.session.flush()
    taken.is_kept = True
    await expect_result(unit, submission, resources.settings)
    unit.emit(SubmissionReceived(submission=submission.snapshot()))
    return CompletedUpload(
        submission=submission.snapshot(),
        output_url=output_url(resources.storage, submission.id, outcome),
    )
