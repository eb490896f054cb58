"""Judges a task again, each command in its caller's transaction."""

from uuid import UUID

from joust_contracts.events import SubmissionReEvalRequested
from joust_contracts.events.evaluations import JudgeVersion
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.rejudges import repository
from joust_submission.rejudges.errors import RejudgeRunning, SameJudge
from joust_submission.rejudges.models import Rejudge, RejudgedSubmission
from joust_submission.rejudges.rules import check_may_rejudge
from joust_submission.settings import SubmissionSettings
from joust_submission.stuck.jobs import expect_result
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.submissions.models import Submission
from joust_submission.tasks import repository as tasks


async def begin_rejudge(unit: UnitOfWork, actor: Actor, task_id: UUID, version: JudgeVersion) -> UUID:
    """Begin to judge anew what was not judged by ``version``; the new row's id, for the job to go through.

    Uses no quota and knows no cooldown. Of several requests at once one is taken.
    Raises ``TaskNotFound``, ``NotTheOwner``, ``NotJudgedNow``, ``RejudgeRunning`` or ``SameJudge``.
    """
    task = await tasks.hold(unit.session, task_id)
    if task is None:
        raise TaskNotFound()
    check_may_rejudge(owner_id=task.owner_id, account_id=actor.account_id, status=task.status)
    newest = await repository.find_newest(unit.session, task_id)
    if newest is not None:
        counts = await repository.count(unit.session, newest.id)
        if not newest.all_begun or counts.pending:
            raise RejudgeRunning()
    wanted = version.model_dump(mode="json")
    if not await repository.has_other_scores(unit.session, task_id, wanted):
        raise SameJudge()
    rejudge_id = unit.new_id()
    values = {
        "id": rejudge_id,
        "task_id": task_id,
        "number": 1 if newest is None else newest.number + 1,
        "judge_version": wanted,
        "requested_at": unit.now,
        "all_begun": False,
    }
    if not await repository.add(unit.session, values):
        raise RejudgeRunning()
    return rejudge_id


async def rejudge_next(unit: UnitOfWork, rejudge_id: UUID, settings: SubmissionSettings, batch: int) -> bool:
    """Begin the next iteration of some submissions of the task; False once all were gone through."""
    rejudge = await repository.lock(unit.session, rejudge_id)
    if rejudge is None or rejudge.all_begun:
        return False
    submissions = await repository.lock_next(
        unit.session, rejudge.task_id, rejudge.judge_version, rejudge.last_seen, batch
    )
    for submission in submissions:
        await _judge_again(unit, rejudge, submission, settings)
        rejudge.last_seen = submission.id
    rejudge.all_begun = len(submissions) < batch
    return not rejudge.all_begun


async def _judge_again(
    unit: UnitOfWork, rejudge: Rejudge, submission: Submission, settings: SubmissionSettings
) -> None:
    before = submission.read_judgement()
    version = None if before is None else before.judge_version
    submission.re_evaluate(unit.now)
    unit.session.add(
        RejudgedSubmission(
            rejudge_id=rejudge.id,
            submission_id=submission.id,
            agent_id=submission.agent_id,
            iteration=submission.iteration,
            before_score=None if before is None else before.final_score,
            before_version=None if version is None else version.model_dump(mode="json"),
        )
    )
    await expect_result(unit, submission, settings)
    unit.emit(SubmissionReEvalRequested(submission=submission.snapshot()))
