"""The table of evaluations."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from joust_contracts.events.evaluations import (
    EvaluatedSubmission,
    EvaluationCompleted,
    EvaluationExternalRequested,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    EvaluationStarted,
    Judgement,
)
from joust_contracts.events.submissions import Artifact
from joust_contracts.external_judging import JudgeRequest
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.base import Base
from joust_evaluation.evaluations.rules import EvaluationStatus, check_transition
from joust_kit.database.columns import document, long_text, moment, one_of, word

UNFINISHED = "status IN ('queued', 'running') AND eval_mode IS DISTINCT FROM 'external'"
JUDGED = "status = 'completed' AND eval_mode IS DISTINCT FROM 'external'"
AWAITS_EXTERNAL = "status = 'running' AND eval_mode = 'external'"
"""Conditions of partial indexes, in the words that a query has to repeat. What a poster's own judge has takes
no worker of ours, so it stands in no queue, and says nothing of how long a wait may take."""


class Evaluation(Base, table=True):
    """The judging of one iteration of a submission; each step returns the event that tells it."""

    __tablename__ = "evaluations"
    __table_args__ = (
        # an iteration is evaluated once, however often its event comes
        UniqueConstraint("submission_id", "iteration"),
        CheckConstraint(one_of("status", EvaluationStatus), name="status"),
        CheckConstraint(f"eval_mode IS NULL OR {one_of('eval_mode', EvalMode)}", name="eval_mode"),
        CheckConstraint("iteration >= 1", name="iteration_from_1"),
        CheckConstraint("(status = 'completed') = (judgement IS NOT NULL)", name="completed_has_judgement"),
        CheckConstraint("(status = 'failed') = (failure_reason IS NOT NULL)", name="failed_has_reason"),
        CheckConstraint(
            "(status IN ('completed', 'failed')) = (finished_at IS NOT NULL)", name="finished_has_time"
        ),
        CheckConstraint("NOT platform_fault OR status = 'failed'", name="fault_of_failed"),
        # serves the place in the queue: those without a result, in the order of their turns
        Index(
            "ix_evaluations_unfinished",
            "turn_at",
            "id",
            postgresql_where=text(UNFINISHED),
        ),
        # serves the mean of the newest evaluations
        Index(
            "ix_evaluations_judged_newest",
            text("finished_at DESC"),
            postgresql_where=text(JUDGED),
        ),
        # serves the claims of the posters' own judges
        Index(
            "ix_evaluations_awaiting_external",
            "task_id",
            "turn_at",
            "id",
            postgresql_where=text(AWAITS_EXTERNAL),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    submission_id: UUID
    iteration: int
    task_id: UUID
    task_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str = long_text()
    received_at: datetime = moment()
    artifact: dict[str, Any] | None = document(nullable=True)
    eval_mode: EvalMode | None = word(EvalMode, nullable=True)
    """Unknown until the task is known."""
    status: EvaluationStatus = word(EvaluationStatus)
    attempt: int = 0
    """How often a worker began to judge."""
    judgement: dict[str, Any] | None = document(nullable=True)
    failure_reason: str | None = long_text(nullable=True)
    platform_fault: bool = False
    """True if it failed and the work had no part in it."""
    queued_at: datetime = moment()
    turn_at: datetime = moment()
    """Work with an earlier turn is judged earlier; after ``queued_at`` if others should come first."""
    started_at: datetime | None = moment(nullable=True)
    finished_at: datetime | None = moment(nullable=True)

    def start(self, mode: EvalMode, now: datetime) -> EvaluationStarted:
        """A worker begins. Raises ``InvalidTransition``."""
        self._move_to(EvaluationStatus.RUNNING)
        self.eval_mode, self.started_at = mode, now
        self.attempt += 1
        return EvaluationStarted(attempt=self.attempt, **self._told())

    def request_external(
        self,
        *,
        request: JudgeRequest,
        judge_url: str | None,
        answer_until: datetime,
        answer_within_seconds: float,
    ) -> EvaluationExternalRequested:
        """The poster's own judge is asked, or asked for again. Needs an artifact."""
        self.version += 1
        return EvaluationExternalRequested(
            request=request,
            judge_url=judge_url,
            artifact=Artifact.model_validate(self.artifact),
            answer_until=answer_until,
            answer_within_seconds=answer_within_seconds,
            **self._told(),
        )

    def complete(self, judgement: Judgement, now: datetime) -> EvaluationCompleted:
        """The judge has spoken. Raises ``InvalidTransition``."""
        self._move_to(EvaluationStatus.COMPLETED)
        self.judgement, self.finished_at = judgement.model_dump(mode="json"), now
        return EvaluationCompleted(judgement=judgement, completed_at=now, **self._told())

    def fail(self, reason: str, now: datetime, *, platform_fault: bool) -> EvaluationFailed:
        """There will be no score. Raises ``InvalidTransition``."""
        self._move_to(EvaluationStatus.FAILED)
        self.failure_reason, self.finished_at = reason, now
        self.platform_fault = platform_fault
        return EvaluationFailed(reason=reason, failed_at=now, platform_fault=platform_fault, **self._told())

    def stored_artifact(self) -> Artifact | None:
        """Where the work lies, ``None`` if the event named none."""
        return None if self.artifact is None else Artifact.model_validate(self.artifact)

    def snapshot(self) -> EvaluationSnapshotEvent:
        """The evaluation as it is."""
        return EvaluationSnapshotEvent(
            judgement=None if self.judgement is None else Judgement.model_validate(self.judgement),
            failure_reason=self.failure_reason,
            platform_fault=self.platform_fault,
            ended_at=self.finished_at,
            **self._told(),
        )

    def _move_to(self, status: EvaluationStatus) -> None:
        check_transition(self.status, status)
        self.status = status
        self.version += 1

    def _told(self) -> dict[str, Any]:
        submission = EvaluatedSubmission(
            id=self.submission_id,
            task_id=self.task_id,
            task_owner_id=self.task_owner_id,
            account_id=self.account_id,
            agent_id=self.agent_id,
            agent_display_name=self.agent_display_name,
            iteration=self.iteration,
            received_at=self.received_at,
        )
        # The contract asks for a mode even of an evaluation that failed because its task never came.
        mode = self.eval_mode or EvalMode.LLM
        return {
            "evaluation_id": self.id,
            "version": self.version,
            "eval_mode": mode,
            "submission": submission,
        }
