"""Asks for a re-evaluation, in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events import SubmissionReEvalRequested
from joust_contracts.internal.submissions import ReEvaluationView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unavailable
from joust_kit.identity import Actor
from joust_submission.re_evaluations.errors import NotYourSubmission
from joust_submission.re_evaluations.rules import check_may_re_evaluate
from joust_submission.settings import SubmissionSettings
from joust_submission.stuck.jobs import expect_result
from joust_submission.submissions import repository
from joust_submission.submissions.errors import SubmissionNotFound
from joust_submission.tasks import repository as tasks


async def request_re_evaluation(
    unit: UnitOfWork, actor: Actor, submission_id: UUID, settings: SubmissionSettings
) -> ReEvaluationView:
    """Begin the next iteration of a submission; it uses no quota. Of many requests at once one is taken.

    Raises ``SubmissionNotFound``, ``NotYourSubmission``, ``TaskClosed``, ``WrongStatus``, ``ReEvalCooldown``,
    ``NoArtifact``, or ``Unavailable`` while the projection of tasks is being rebuilt.
    """
    submission = await repository.lock(unit.session, submission_id)
    if submission is None or actor.account_id not in {submission.account_id, submission.task_owner_id}:
        raise SubmissionNotFound()
    if actor.account_id != submission.account_id:
        raise NotYourSubmission()
    task = await tasks.hold(unit.session, submission.task_id)
    if task is None:
        raise Unavailable("The submission's task is being read in again. Try again in a moment.")
    check_may_re_evaluate(
        task_status=task.status,
        deadline=task.deadline,
        status=submission.status,
        has_artifact=submission.artifact is not None,
        requested_at=submission.re_eval_requested_at,
        cooldown=settings.re_eval_cooldown,
        now=unit.now,
    )
    submission.re_evaluate(unit.now)
    await expect_result(unit, submission, settings)
    unit.emit(SubmissionReEvalRequested(submission=submission.snapshot()))
    return ReEvaluationView(submission=submission.snapshot(), requested_at=unit.now)
