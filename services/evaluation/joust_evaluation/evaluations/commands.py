"""What happens to an evaluation. Each command is one transaction of its caller."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations import repository
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.evaluations.rules import (
    MAX_STARTS,
    NOT_AWAITED,
    EvaluationStatus,
    is_finished,
)
from joust_evaluation.iterations import repository as iterations
from joust_evaluation.iterations.models import JudgingRecord
from joust_evaluation.iterations.rules import counted
from joust_evaluation.modes.trail import Trail
from joust_evaluation.queue.repository import draw_turn
from joust_kit.database.unit_of_work import UnitOfWork


class Queued(NamedTuple):
    """An evaluation that was just queued."""

    id: UUID
    turn_at: datetime


async def queue_evaluation(unit: UnitOfWork, submission: SubmissionSnapshot) -> Queued | None:
    """Queue the submission's iteration; ``None`` if it has an evaluation already."""
    evaluation_id = unit.new_id()
    turn_at = await draw_turn(unit.session, submission.account_id, submission.task_id, unit.now)
    artifact = submission.artifact
    values = {
        "id": evaluation_id,
        "version": 1,
        "submission_id": submission.id,
        "iteration": submission.iteration,
        "task_id": submission.task_id,
        "task_owner_id": submission.task_owner_id,
        "account_id": submission.account_id,
        "agent_id": submission.agent_id,
        "agent_display_name": submission.agent_display_name,
        "received_at": submission.received_at or submission.created_at,
        "artifact": None if artifact is None else artifact.model_dump(mode="json"),
        "status": EvaluationStatus.QUEUED,
        "attempt": 0,
        "queued_at": unit.now,
        "turn_at": turn_at,
    }
    return Queued(evaluation_id, turn_at) if await repository.add(unit.session, values) else None


async def start_evaluation(unit: UnitOfWork, evaluation_id: UUID, mode: EvalMode) -> bool:
    """A worker begins to judge; False if there is nothing to judge any more.

    An evaluation that was begun ``MAX_STARTS`` times without an end fails here, because the artifact must
    have brought its workers down.
    """
    evaluation = await _lock_unfinished(unit, evaluation_id)
    if evaluation is None:
        return False
    if evaluation.attempt >= MAX_STARTS:
        reason = f"Judging was begun {MAX_STARTS} times and never came to an end. Submit a smaller artifact."
        unit.emit(evaluation.fail(reason, unit.now, platform_fault=False))
        return False
    unit.emit(evaluation.start(mode, unit.now))
    return True


async def complete_evaluation(
    unit: UnitOfWork, evaluation_id: UUID, judgement: Judgement, trail: Trail | None = None
) -> None:
    """Write the result, with the score that counts now; if another worker was faster, its result stands.

    ``trail``: how it was judged, for the record.
    """
    evaluation = await _lock_unfinished(unit, evaluation_id)
    if evaluation is None or evaluation.eval_mode is None:
        return
    earlier: Sequence[Judgement] = ()
    if evaluation.iteration > 1:
        earlier = await iterations.list_scored_before(
            unit.session, evaluation.submission_id, evaluation.iteration
        )
    unit.emit(evaluation.complete(counted(judgement, evaluation.eval_mode, earlier), unit.now))
    if trail is not None:
        unit.session.add(JudgingRecord.of(evaluation.id, trail))


async def fail_evaluation(
    unit: UnitOfWork, evaluation_id: UUID, reason: str, *, platform_fault: bool
) -> None:
    """Give up; if another worker came to a result, that stands."""
    evaluation = await _lock_unfinished(unit, evaluation_id)
    if evaluation is not None:
        unit.emit(evaluation.fail(reason, unit.now, platform_fault=platform_fault))


async def end_given_up(unit: UnitOfWork, submission: SubmissionSnapshot) -> UUID | None:
    """End the evaluation of an iteration that was given up; its id, or ``None`` if it had ended before.

    One that was never heard of is ended as well, so that nobody begins it should its event still come.
    """
    await queue_evaluation(unit, submission)
    evaluation = await repository.lock_iteration(unit.session, submission.id, submission.iteration)
    if evaluation is None or is_finished(evaluation.status):
        return None
    unit.emit(evaluation.fail(NOT_AWAITED, unit.now, platform_fault=True))
    return evaluation.id


async def find_missed(unit: UnitOfWork, submission: SubmissionSnapshot) -> UUID | None:
    """The evaluation of a submission that still waits, if it has no result. The result is told
    again, or that there is none yet."""
    evaluation = await repository.lock_iteration(unit.session, submission.id, submission.iteration)
    if evaluation is None:
        return None
    unit.emit(evaluation.snapshot())
    return None if is_finished(evaluation.status) else evaluation.id


async def _lock_unfinished(unit: UnitOfWork, evaluation_id: UUID) -> Evaluation | None:
    evaluation = await repository.lock(unit.session, evaluation_id)
    return None if evaluation is None or is_finished(evaluation.status) else evaluation
