"""Asks the poster's own judge, and fails the evaluation if no answer comes in time."""

from uuid import UUID

from joust_contracts.events import EvaluationExternalRequested
from joust_evaluation.evaluations import repository as evaluations
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.rules import is_finished
from joust_evaluation.external import repository
from joust_evaluation.external.jobs import expect_answer
from joust_evaluation.external.models import ExternalRequest
from joust_evaluation.external.parts import ExternalParts
from joust_evaluation.external.requests import request_of
from joust_evaluation.tasks.models import KnownTask
from joust_kit.database.unit_of_work import UnitOfWork

NO_ARTIFACT = "The submission has no artifact. Submit again."


async def ask_judge(unit: UnitOfWork, evaluation_id: UUID, task: KnownTask, parts: ExternalParts) -> None:
    """Begin to wait for the judge's score, or tell again that it is waited for.

    Whoever delivers the request does so once for an evaluation, however often it is told.
    """
    evaluation = await evaluations.lock(unit.session, evaluation_id)
    if evaluation is None or is_finished(evaluation.status):
        return
    if evaluation.artifact is None:
        unit.emit(evaluation.start(task.eval_mode, unit.now))
        unit.emit(evaluation.fail(NO_ARTIFACT, unit.now, platform_fault=True))
        return
    request = await repository.find(unit.session, evaluation_id)
    if request is None:
        now = unit.now
        unit.emit(evaluation.start(task.eval_mode, now))
        request = ExternalRequest(
            evaluation_id=evaluation_id, asked_at=now, answer_until=now + parts.deadline
        )
        unit.session.add(request)
    await expect_answer(unit, request)
    unit.emit(_told(evaluation, task, request, parts))


def _told(
    evaluation: Evaluation, task: KnownTask, request: ExternalRequest, parts: ExternalParts
) -> EvaluationExternalRequested:
    return evaluation.request_external(
        request=request_of(evaluation, task, request.asked_at, parts.api_url),
        judge_url=task.eval_callback_url,
        answer_until=request.answer_until,
        answer_within_seconds=request.answer_within.total_seconds(),
    )
