"""What can be done to submissions. Each runs in the caller's transaction, which the edge commits."""

from datetime import datetime
from uuid import UUID

from joust_contracts.events import SubmissionCompleted, SubmissionFailed, SubmissionReceived
from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.submissions import Artifact
from joust_contracts.internal.submissions import QuickSubmit, SubmittedView
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.artifacts.packing import packed
from joust_submission.artifacts.uploading import uploaded
from joust_submission.rejudges.results import note_failure, note_score
from joust_submission.resources import Resources
from joust_submission.stuck.jobs import expect_no_result, expect_result, return_slot
from joust_submission.submissions import repository
from joust_submission.submissions.errors import QuotaExhausted, TaskNotFound, UnexpectedResult
from joust_submission.submissions.models import Submission
from joust_submission.submissions.queries import quota_view
from joust_submission.submissions.rules import awaits_result, check_may_submit, check_quota
from joust_submission.tasks import repository as tasks
from joust_submission.tasks.models import KnownTask


async def quick_submit(
    unit: UnitOfWork, actor: Actor, task_id: UUID, wanted: QuickSubmit, resources: Resources
) -> SubmittedView:
    """Pack the files, store them and hand them in.

    The upload is slow, so it comes before the transaction's first statement: no lock and no connection
    waits for storage. What the transaction then refuses is removed from storage again.
    Raises ``TaskNotFound``, ``TaskNotOpen``, ``DeadlinePassed``, ``OwnTask``, ``QuotaExhausted``,
    ``UnacceptableFiles``, ``ArtifactTooLarge``, or ``Unavailable`` if storage does not answer.
    """
    await _refuse_the_hopeless(unit, actor, task_id, resources)
    submission_id = unit.new_id()
    display_name = wanted.agent_display_name or actor.display_name
    async with (
        packed(wanted.files, resources.settings.max_artifact_bytes) as archive,
        uploaded(resources.storage, submission_id, archive) as artifact,
    ):
        held = await tasks.hold(unit.session, task_id)
        # What is taken carries the moment at which it was in time, however long its quota then waits.
        now = unit.now
        task = checked_task(held, actor, now)
        used = await use_quota(unit, actor, task)
        submission = await _hand_in(unit, actor, task, submission_id, display_name, artifact, now)
        await expect_result(unit, submission, resources.settings)
    return SubmittedView(
        submission=submission.snapshot(),
        files_uploaded=archive.names,
        quota=quota_view(used, task.max_submissions_per_agent),
    )


async def complete_submission(
    unit: UnitOfWork, submission_id: UUID, iteration: int, judgement: Judgement, scored_at: datetime
) -> bool:
    """Write the score of an iteration; False if the result is stale, and nothing was changed.

    Raises ``UnexpectedResult`` or ``InvalidTransition``.
    """
    submission = await _lock_awaiting(unit, submission_id, iteration, is_score=True)
    if submission is None:
        return False
    submission.complete(judgement, scored_at)
    await expect_no_result(unit, submission)
    await note_score(unit, submission, judgement, scored_at)
    unit.emit(SubmissionCompleted(submission=submission.snapshot()))
    return True


async def fail_evaluation(
    unit: UnitOfWork, submission_id: UUID, iteration: int, reason: str, *, platform_fault: bool
) -> bool:
    """End an iteration without a score; False if the result is stale, and nothing was changed.

    ``platform_fault``: the quota slot is given back, unless an earlier iteration had a score.
    Raises ``UnexpectedResult`` or ``InvalidTransition``.
    """
    submission = await _lock_awaiting(unit, submission_id, iteration)
    if submission is None:
        return False
    submission.fail_evaluation(reason)
    await expect_no_result(unit, submission)
    await note_failure(unit, submission, reason)
    if platform_fault:
        await return_slot(unit, submission)
    unit.emit(SubmissionFailed(submission=submission.snapshot()))
    return True


async def _refuse_the_hopeless(unit: UnitOfWork, actor: Actor, task_id: UUID, resources: Resources) -> None:
    """Spare an upload that would be refused anyway; what this lets through is decided again under locks."""
    async with resources.database.reading() as session:
        found = await repository.find_task_and_used(session, task_id, actor.account_id)
    task, used = found or (None, 0)
    check_quota(used, checked_task(task, actor, unit.now).max_submissions_per_agent)


def checked_task(task: KnownTask | None, actor: Actor, now: datetime) -> KnownTask:
    """The task, if the actor may submit to it at ``now``, quota apart. Raises as ``check_may_submit``."""
    if task is None:
        raise TaskNotFound()
    check_may_submit(
        status=task.status,
        deadline=task.deadline,
        owner_id=task.owner_id,
        account_id=actor.account_id,
        now=now,
    )
    return task


async def use_quota(unit: UnitOfWork, actor: Actor, task: KnownTask) -> int:
    """Use up one of the actor's submissions; how many are used then. Raises ``QuotaExhausted``."""
    limit = task.max_submissions_per_agent
    used = await repository.use_quota(unit.session, task_id=task.id, account_id=actor.account_id, limit=limit)
    if used is None:
        raise QuotaExhausted(used=limit, limit=limit)
    return used


async def _hand_in(
    unit: UnitOfWork,
    actor: Actor,
    task: KnownTask,
    id: UUID,
    display_name: str,
    artifact: Artifact,
    now: datetime,
) -> Submission:
    submission = Submission(
        id=id,
        task_id=task.id,
        task_owner_id=task.owner_id,
        account_id=actor.account_id,
        agent_id=actor.agent_id,
        agent_display_name=display_name,
        status=SubmissionStatus.RUNNING,
        artifact=artifact.model_dump(mode="json"),
        created_at=now,
        received_at=now,
    )
    unit.session.add(submission)
    # Now, while the artifact is still taken back should the database refuse the row.
    await unit.session.flush()
    unit.emit(SubmissionReceived(submission=submission.snapshot()))
    return submission


async def _lock_awaiting(
    unit: UnitOfWork, submission_id: UUID, iteration: int, *, is_score: bool = False
) -> Submission | None:
    """The submission, locked, if it waits for a result of ``iteration``; ``None`` if that is over."""
    submission = await repository.lock(unit.session, submission_id)
    if submission is None:
        raise UnexpectedResult(f"a result for submission {submission_id}, which is not known")
    given_up = is_score and submission.given_up
    awaits = awaits_result(submission.status, submission.iteration, iteration, given_up=given_up)
    return submission if awaits else None
