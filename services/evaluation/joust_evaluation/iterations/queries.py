"""What may be read of iterations, and by whom."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.tasks import Criterion
from joust_contracts.internal.common import Page
from joust_contracts.internal.records import (
    EvaluationRecord,
    IterationView,
    JudgedArtifact,
    JudgeView,
    ReadFile,
    Step,
    VoteRecord,
)
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.iterations import repository
from joust_evaluation.iterations.cursors import IterationCursor
from joust_evaluation.iterations.errors import NoSuchEvaluation, NotTheOwner
from joust_evaluation.iterations.models import JudgingRecord
from joust_evaluation.iterations.rules import score_of
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.judges.versions import version_of
from joust_kit.errors import Unavailable
from joust_kit.identity import Actor
from joust_kit.paging import cut_page


async def list_iterations(
    session: AsyncSession, actor: Actor, submission_id: UUID, limit: int, cursor: str | None
) -> Page[IterationView]:
    """One page of a submission's evaluations, newest first; empty for who has no part in it.

    Raises ``Invalid`` for a cursor that is none.
    """
    after = IterationCursor.decode(cursor)
    rows = await repository.list_iterations(
        session,
        submission_id,
        actor.account_id,
        before=None if after is None else after.iteration,
        limit=limit + 1,
    )
    page, next_cursor = cut_page(rows, limit, lambda row: IterationCursor(row.iteration))
    return Page(data=tuple(map(_view, page)), next_cursor=next_cursor)


async def get_record(
    session: AsyncSession, actor: Actor, submission_id: UUID, iteration: int
) -> EvaluationRecord:
    """All that is known of how an iteration was judged. Raises ``NoSuchEvaluation`` or ``NotTheOwner``."""
    evaluation, record = await repository.find_with_record(session, submission_id, iteration)
    if evaluation is None or actor.account_id not in {evaluation.account_id, evaluation.task_owner_id}:
        raise NoSuchEvaluation()
    if actor.account_id != evaluation.task_owner_id:
        raise NotTheOwner()
    return _record(evaluation, record)


async def get_judge(session: AsyncSession, task_id: UUID, identity: JudgeIdentity) -> JudgeView:
    """Which judge would judge a submission to the task now. Raises ``Unavailable`` if it is not known."""
    task = await repository.find_task(session, task_id)
    if task is None:
        raise Unavailable("The task is not known to the judge yet. Try again in a moment.")
    return JudgeView(version=version_of(task, identity))


def _view(evaluation: Evaluation) -> IterationView:
    judgement = _judgement(evaluation)
    names = {"iteration", "eval_mode", "failure_reason", "queued_at", "started_at", "finished_at"}
    return IterationView(
        status=evaluation.status.value,
        iteration_score=None if judgement is None else score_of(judgement),
        final_score=None if judgement is None else judgement.final_score,
        judge=None if judgement is None else judgement.judge,
        judge_version=None if judgement is None else judgement.judge_version,
        usage=None if judgement is None else judgement.usage,
        panel=None if judgement is None else judgement.panel,
        findings=() if judgement is None else judgement.findings,
        **evaluation.model_dump(include=names),
    )


def _record(evaluation: Evaluation, record: JudgingRecord | None) -> EvaluationRecord:
    names = {
        *("submission_id", "task_id", "agent_id", "iteration", "eval_mode", "attempt", "queued_at"),
        *("started_at", "finished_at", "failure_reason", "platform_fault"),
    }
    artifact = evaluation.stored_artifact()
    return EvaluationRecord(
        evaluation_id=evaluation.id,
        status=evaluation.status.value,
        judgement=_judgement(evaluation),
        artifact=None if artifact is None else JudgedArtifact(**artifact.model_dump(exclude={"key"})),
        rubric=() if record is None else tuple(map(Criterion.model_validate, record.rubric)),
        files=() if record is None else tuple(map(ReadFile.model_validate, record.files)),
        files_left_out=0 if record is None else record.files_left_out,
        votes=() if record is None else tuple(map(VoteRecord.model_validate, record.votes)),
        steps=() if record is None else tuple(map(Step.model_validate, record.steps)),
        prompt=None if record is None else record.read_prompt(),
        **evaluation.model_dump(include=names),
    )


def _judgement(evaluation: Evaluation) -> Judgement | None:
    return None if evaluation.judgement is None else Judgement.model_validate(evaluation.judgement)
