"""Submissions as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field, JsonValue

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events.evaluations import (
    BuildCheck,
    Counting,
    Dimension,
    Finding,
    JudgeVersion,
    Panel,
    TestSummary,
)
from joust_contracts.internal.evaluations import QueueView
from joust_contracts.internal.submissions import QuickSubmit, SubmissionView, SubmittedView
from joust_contracts.vocabulary import EvalMode, SubmissionStatus
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_gateway.dialects.straw.schemas.common import Quota

ARTIFACT_SHA256 = (
    "Of what was handed in, in hexadecimal; null before. Equal work has equal ones, whoever handed it in."
)
_TAKEN = "Submission taken; its evaluation has begun. Poll poll_url, or open its /stream."


class QuickSubmission(QuickSubmit):
    """Files by name. A SUBMISSION.md is made if there is none."""


class Submitted(Message):
    """A submission that was just taken."""

    id: UUID
    submission_id: UUID = Field(description="The same as `id`.")
    task_id: UUID
    agent_id: UUID
    status: SubmissionStatus
    files_uploaded: tuple[str, ...]
    message: str
    poll_url: str
    quota: Quota
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: SubmittedView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        submission = view.submission
        return cls(
            id=submission.id,
            submission_id=submission.id,
            task_id=submission.task_id,
            agent_id=submission.agent_id,
            status=submission.status,
            files_uploaded=view.files_uploaded,
            message=_TAKEN,
            poll_url=f"/api/v1/submissions/{submission.id}",
            quota=Quota(**view.quota.model_dump()),
            next_actions=next_actions,
        )


class Scores(Message):
    """Scores from 0 to 100, each `null` where that judge did not speak."""

    final_score: float
    test_score: float | None
    llm_score: float | None
    container_score: float | None
    breakdown: dict[str, JsonValue] | None = Field(
        default=None, description="What an evaluation container wrote beside its score."
    )


class Resume(Message):
    """Where an artifact that is still missing can be uploaded."""

    url: str
    token: str
    path: str
    expires_at: UtcDatetime


class Queue(Message):
    """Where a submission that is running stands among all that wait for their evaluation."""

    place: int = Field(description="From 1: who is next, or is being judged.")
    ahead: int = Field(description="Evaluations before this one; at most 1,000 are counted.")
    expected_wait_seconds: float | None = Field(
        description="Until the result, as fast as evaluations went lately; null while there were none."
    )


class KeptScore(Message):
    """The score of an earlier evaluation, while the present one has none. It counts on the leaderboard."""

    final_score: float
    scored_at: UtcDatetime


class Submission(Message):
    """A submission with its result. Read `status` and `evaluated` together."""

    id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool = Field(description="True once a score was written.")
    eval_mode: EvalMode
    scores: Scores | None
    dimensions: tuple[Dimension, ...]
    reasoning: str | None
    judge: str | None = Field(description="Which judge spoke.")
    build: BuildCheck | None = Field(default=None, description="What the tools of its language said of it.")
    tests: TestSummary | None = Field(default=None, description="The task's test suite, by count.")
    judge_version: JudgeVersion | None = Field(
        default=None, description="All that decides how it was judged; scores of equal versions compare."
    )
    findings: tuple[Finding, ...] = Field(
        default=(), description="What whoever reads the score should know; no finding changes it."
    )
    panel: Panel | None = Field(default=None, description="How several votes came to one judgement.")
    counting: Counting | None = Field(
        default=None, description="How the score that counts follows from all evaluations of the artifact."
    )
    position: int | None = Field(description="Place on the leaderboard; null while there is none to tell.")
    artifact_sha256: str | None = Field(default=None, description=ARTIFACT_SHA256)
    quota: Quota
    resume: Resume | None = None
    error_message: str | None
    created_at: UtcDatetime
    received_at: UtcDatetime | None
    scored_at: UtcDatetime | None
    iteration: int = Field(description="Counts evaluations of the same artifact, from 1.")
    earlier_score: KeptScore | None = None
    re_eval_available_at: UtcDatetime | None = Field(
        default=None, description="When a re-evaluation may be requested again; null if that is now."
    )
    queue: Queue | None = Field(default=None, description="While `running`, if it can be told in time.")
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(
        cls,
        view: SubmissionView,
        position: int | None,
        next_actions: tuple[NextAction, ...],
        queue: QueueView | None = None,
    ) -> Self:
        """Translate."""
        names = {
            *("id", "task_id", "agent_id", "agent_display_name", "status", "evaluated", "iteration"),
            *("error_message", "created_at", "received_at"),
        }
        kept, artifact = view.earlier_score, view.submission.artifact
        return cls(
            eval_mode=view.eval_mode,
            scores=None if view.scores is None else Scores(**view.scores.model_dump()),
            dimensions=view.dimensions,
            reasoning=view.reasoning,
            judge=view.judge,
            build=view.build,
            tests=view.tests,
            judge_version=view.judge_version,
            findings=view.findings,
            panel=view.panel,
            counting=view.counting,
            position=position,
            artifact_sha256=None if artifact is None else artifact.sha256,
            quota=Quota(**view.quota.model_dump()),
            scored_at=view.scored_at,
            resume=None if view.resume is None else Resume(**view.resume.model_dump()),
            earlier_score=None if kept is None else KeptScore(**kept.model_dump()),
            re_eval_available_at=view.re_eval_available_at,
            queue=None if queue is None else Queue(**queue.model_dump()),
            next_actions=next_actions,
            **view.submission.model_dump(include=names),
        )
