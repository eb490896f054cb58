"""What is done about external judging. Each command is one transaction of its caller.

An evaluation waits for its judge in status ``running``; whoever ends it, by score, error, silence or because
nobody waits any more, does so under its lock, so that it ends once.
"""

from uuid import UUID

from joust_contracts.internal.external_judging import (
    ClaimedEvaluation,
    ClaimView,
    ExtendLease,
    Lease,
    PostScore,
    ScoreTaken,
)
from joust_contracts.vocabulary import EvalMode, SubmissionStatus
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.external import repository
from joust_evaluation.external.errors import (
    EvaluationNotFound,
    InvalidCallbackToken,
    NothingToScore,
    ScoreNotAwaited,
    WrongEvalMode,
)
from joust_evaluation.external.jobs import forget_deadline
from joust_evaluation.external.models import ExternalRequest
from joust_evaluation.external.queries import get_own_task
from joust_evaluation.external.requests import handed_over, is_token_of, request_of
from joust_evaluation.external.rules import (
    check_awaits_score,
    check_lease,
    judgement_of,
    reason_of_error,
)
from joust_evaluation.judges.versions import version_of
from joust_evaluation.resources import Resources
from joust_evaluation.tasks.models import KnownTask
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor


async def take_score(
    unit: UnitOfWork, submission_id: UUID, posted: PostScore, resources: Resources
) -> ScoreTaken:
    """Write what the poster's judge says of the submission's present iteration, once.

    Raises ``NothingToScore``, ``WrongEvalMode``, ``InvalidCallbackToken``, ``AlreadyScored``,
    ``ScoreNotAwaited``, ``LeaseLost``, or ``Invalid`` for a criterion that the rubric lacks.
    """
    task = await _task_of_token(unit, submission_id, posted.callback_token, resources)
    evaluation = await repository.lock_newest(unit.session, submission_id)
    if evaluation is None:
        raise NothingToScore()
    check_awaits_score(evaluation.status, evaluation.failure_reason)
    asked = await repository.lock(unit.session, evaluation.id)
    if asked is None:
        raise ScoreNotAwaited()
    check_lease(posted.lease_id, asked.request.lease_id, is_live=asked.is_leased)
    _end(unit, evaluation, posted, task, resources)
    await forget_deadline(unit, evaluation.id)
    return _taken(evaluation, posted)


async def claim_next(unit: UnitOfWork, actor: Actor, task_id: UUID, resources: Resources) -> ClaimView:
    """Give the owner's judge the submission whose turn it is, under a lease.

    Raises ``TaskNotFound``, ``NotTheOwner`` or ``WrongEvalMode``.
    """
    task = await get_own_task(unit.session, actor, task_id)
    evaluation = await repository.lock_next(unit.session, task_id)
    if evaluation is None:
        return ClaimView(claimed=None)
    length = resources.external.lease
    request = await repository.lease(unit.session, evaluation.id, unit.new_id(), length)
    return ClaimView(claimed=_claimed(evaluation, task, request, resources, unit))


async def extend_lease(
    unit: UnitOfWork, actor: Actor, evaluation_id: UUID, wanted: ExtendLease, resources: Resources
) -> Lease:
    """Give the holder of a lease its whole length again, from now on.

    Raises ``EvaluationNotFound``, ``AlreadyScored``, ``ScoreNotAwaited`` or ``LeaseLost``.
    """
    evaluation = await unit.session.get(Evaluation, evaluation_id, with_for_update=True)
    asked = await repository.lock(unit.session, evaluation_id)
    if evaluation is None or asked is None or evaluation.task_owner_id != actor.account_id:
        raise EvaluationNotFound()
    check_awaits_score(evaluation.status, evaluation.failure_reason)
    check_lease(wanted.lease_id, asked.request.lease_id, is_live=asked.is_leased)
    length = resources.external.lease
    return _lease_of(await repository.lease(unit.session, evaluation_id, wanted.lease_id, length))


async def _task_of_token(
    unit: UnitOfWork, submission_id: UUID, token: str, resources: Resources
) -> KnownTask:
    task = await repository.find_task_of_submission(unit.session, submission_id)
    if task is None:
        raise NothingToScore()
    if task.eval_mode is not EvalMode.EXTERNAL:
        raise WrongEvalMode()
    if not is_token_of(task.id, token, resources.external.secrets):
        raise InvalidCallbackToken()
    return task


def _end(
    unit: UnitOfWork, evaluation: Evaluation, posted: PostScore, task: KnownTask, resources: Resources
) -> None:
    if posted.error_message is not None or posted.final_score is None:
        # Whether the work or the judge is to blame, only the poster knows; the agent pays for neither.
        reason = reason_of_error(posted.error_message or "")
        unit.emit(evaluation.fail(reason, unit.now, platform_fault=True))
    else:
        judgement = judgement_of(posted, posted.final_score, task.rubric())
        version = version_of(task, resources.judge.identity)
        unit.emit(evaluation.complete(judgement.model_copy(update={"judge_version": version}), unit.now))


def _taken(evaluation: Evaluation, posted: PostScore) -> ScoreTaken:
    scored = evaluation.judgement is not None
    return ScoreTaken(
        submission_id=evaluation.submission_id,
        status=SubmissionStatus.COMPLETED if scored else SubmissionStatus.EVALUATION_FAILED,
        evaluated=scored,
        final_score=posted.final_score if scored else None,
        evaluation_id=evaluation.id,
    )


def _claimed(
    evaluation: Evaluation,
    task: KnownTask,
    request: ExternalRequest,
    resources: Resources,
    unit: UnitOfWork,
) -> ClaimedEvaluation:
    parts = resources.external
    asked = request_of(evaluation, task, request.asked_at, parts.api_url)
    artifact = evaluation.stored_artifact()
    assert artifact is not None  # noqa: S101 - no judge is asked about nothing
    return ClaimedEvaluation(
        request=handed_over(asked, artifact.key, parts, resources.storage, unit.now),
        lease=_lease_of(request),
        answer_until=request.answer_until,
    )


def _lease_of(request: ExternalRequest) -> Lease:
    assert request.lease_id is not None and request.leased_until is not None  # noqa: S101, PT018 - just given
    return Lease(
        evaluation_id=request.evaluation_id,
        lease_id=request.lease_id,
        lease_expires_at=request.leased_until,
    )
