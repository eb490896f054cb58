"""The tables of submissions and of the quota they use up."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from joust_contracts.events.evaluations import Judgement
from joust_contracts.events.submissions import Artifact, SubmissionSnapshot
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.database.columns import document, long_text, moment, one_of, word
from joust_submission.base import Base
from joust_submission.submissions.rules import (
    FOR_ARTIFACT,
    FOR_RE_EVALUATION,
    check_step,
    check_transition,
    reason_with_kept_score,
)


class Submission(Base, table=True):
    """What an account handed in to a task; artifact and judgement lie in it, each read as a whole."""

    __tablename__ = "submissions"
    __table_args__ = (
        CheckConstraint(one_of("status", SubmissionStatus), name="status"),
        CheckConstraint("iteration >= 1", name="iteration_from_one"),
        CheckConstraint("(artifact IS NULL) = (received_at IS NULL)", name="received_with_artifact"),
        CheckConstraint(
            "status IN ('registered', 'failed') OR artifact IS NOT NULL", name="artifact_to_evaluate"
        ),
        CheckConstraint("(judgement IS NULL) = (scored_at IS NULL)", name="scored_with_judgement"),
        CheckConstraint(
            "NOT evaluated OR (status = 'completed' AND judgement IS NOT NULL)", name="evaluated_with_score"
        ),
        CheckConstraint(
            "(status IN ('evaluation_failed', 'failed')) = (error_message IS NOT NULL)",
            name="failed_with_message",
        ),
        CheckConstraint("status <> 'registered' OR upload_until IS NOT NULL", name="registered_until"),
        # an account waits for one artifact at a time in each task
        Index(
            "uq_submissions_one_registered",
            "task_id",
            "account_id",
            unique=True,
            postgresql_where=text("status = 'registered'"),
        ),
        CheckConstraint(
            "(iteration = 1) = (re_eval_requested_at IS NULL)", name="later_iterations_requested"
        ),
        CheckConstraint("NOT given_up OR status = 'evaluation_failed'", name="given_up_without_score"),
        CheckConstraint("times_told_again >= 0", name="told_again_not_negative"),
        CheckConstraint("times_answered BETWEEN 0 AND times_told_again", name="answers_to_what_was_told"),
        # serves an account's submissions, newest first, to all tasks and to one
        Index("ix_submissions_account_newest", "account_id", text("created_at DESC"), text("id DESC")),
        Index(
            "ix_submissions_account_task_newest",
            "account_id",
            "task_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
        # serves the submissions to a task, newest first
        Index("ix_submissions_task_newest", "task_id", text("created_at DESC"), text("id DESC")),
        # serves the latest submission of an agent to a task
        Index(
            "ix_submissions_latest_of_agent",
            "task_id",
            "agent_id",
            text("created_at DESC"),
            text("id DESC"),
        ),
    )

    id: UUID = Field(primary_key=True)
    version: int = 1
    task_id: UUID
    task_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str = long_text()
    status: SubmissionStatus = word(SubmissionStatus)
    evaluated: bool = False
    iteration: int = 1
    artifact: dict[str, Any] | None = document(nullable=True)
    judgement: dict[str, Any] | None = document(nullable=True)
    """Of the newest iteration that was scored, which need not be the present one: see ``evaluated``."""
    error_message: str | None = long_text(nullable=True)
    created_at: datetime = moment()
    received_at: datetime | None = moment(nullable=True)
    scored_at: datetime | None = moment(nullable=True)
    upload_until: datetime | None = moment(nullable=True)
    """Until when the artifact of a registered submission can be uploaded."""
    re_eval_requested_at: datetime | None = moment(nullable=True)
    """When the present iteration was asked for; ``None`` for the first."""
    times_told_again: int = 0
    """How often the present iteration was told again because its result was overdue."""
    times_answered: int = 0
    """As many of these were answered: it is in hand."""
    given_up: bool = False
    """True if the platform gave the present iteration up; a score that comes late is still taken."""

    def receive(self, artifact: Artifact, received_at: datetime) -> None:
        """The artifact is complete; evaluation is due. Raises ``InvalidTransition``."""
        check_step("receive an artifact", self.status, FOR_ARTIFACT)
        self._move_to(SubmissionStatus.RUNNING)
        self.artifact = artifact.model_dump(mode="json")
        self.received_at = received_at

    def fail(self, reason: str) -> None:
        """End it before any evaluation. Raises ``InvalidTransition``."""
        self._move_to(SubmissionStatus.FAILED)
        self.error_message = reason

    def complete(self, judgement: Judgement, scored_at: datetime) -> None:
        """Write the score of the present iteration. Raises ``InvalidTransition``.

        An iteration that was given up is running again for as long as it takes to write its late score.
        """
        if self.given_up:
            self._run()
        self._move_to(SubmissionStatus.COMPLETED)
        self.evaluated = True
        self.judgement = judgement.model_dump(mode="json")
        self.scored_at = scored_at

    def fail_evaluation(self, reason: str) -> None:
        """End the present iteration without a score. Raises ``InvalidTransition``."""
        kept = self.read_judgement()
        self._move_to(SubmissionStatus.EVALUATION_FAILED)
        self.error_message = reason_with_kept_score(reason, None if kept is None else kept.final_score)

    def give_up(self, reason: str) -> None:
        """End the present iteration because no result came. Raises ``InvalidTransition``."""
        self.fail_evaluation(reason)
        self.given_up = True

    def re_evaluate(self, now: datetime) -> None:
        """Begin the next iteration with the same artifact. Raises ``InvalidTransition``."""
        check_step("be evaluated again", self.status, FOR_RE_EVALUATION if self.artifact else frozenset())
        self._run()
        self.iteration += 1
        self.re_eval_requested_at = now
        self.times_told_again = self.times_answered = 0

    @property
    def times_unanswered(self) -> int:
        """Reminders in a row to which nobody answered."""
        return self.times_told_again - self.times_answered

    def read_judgement(self) -> Judgement | None:
        """What the judge said, if there is a score."""
        return None if self.judgement is None else Judgement.model_validate(self.judgement)

    def snapshot(self) -> SubmissionSnapshot:
        """The submission as events and answers show it."""
        judgement = self.read_judgement()
        return SubmissionSnapshot(
            artifact=None if self.artifact is None else Artifact.model_validate(self.artifact),
            final_score=judgement.final_score if judgement and self.evaluated else None,
            **self.model_dump(exclude={"artifact", "judgement", "scored_at"}),
        )

    def _run(self) -> None:
        self._move_to(SubmissionStatus.RUNNING)
        self.evaluated = self.given_up = False
        self.error_message = None

    def _move_to(self, status: SubmissionStatus) -> None:
        check_transition(self.status, status)
        self.status = status
        self.version += 1


class Quota(Base, table=True):
    """How many submissions an account has made to a task, with whichever of its agents; those whose slot was
    given back are not counted."""

    __tablename__ = "quotas"
    # the hard cap of every task (Straw document, ``quota``)
    __table_args__ = (CheckConstraint("used BETWEEN 0 AND 25", name="used_in_bounds"),)

    task_id: UUID = Field(primary_key=True)
    account_id: UUID = Field(primary_key=True)
    used: int
