"""The life of a submission after it was handed in, as the Straw API shows it."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, JsonValue

from joust_contracts.base import Command, Message, Score, UtcDatetime
from joust_contracts.events.evaluations import (
    BuildCheck,
    Counting,
    Dimension,
    Finding,
    JudgeVersion,
    Panel,
    TestSummary,
)
from joust_contracts.internal.evaluations import TestResults as TestResultsView
from joust_contracts.internal.submissions import (
    ReEvaluationView,
    SubmissionEntry,
    SubmissionStatusView,
    SubmissionView,
)
from joust_contracts.vocabulary import EvalMode, SubmissionStatus
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_gateway.dialects.straw.schemas.money import PageQuery
from joust_gateway.dialects.straw.schemas.submissions import ARTIFACT_SHA256

_ENQUEUED = "The same artifact is judged anew; this uses none of your quota. Poll, or open its /stream."
MAX_WAIT_SECONDS = 60


class WaitQuery(Command):
    """How long to hold the answer."""

    wait: Annotated[int, Field(ge=0, le=MAX_WAIT_SECONDS)] = Field(
        default=0,
        description="Seconds to hold the answer until something changes; then it tells the present state. "
        "0 answers at once.",
    )


class OwnSubmissionsQuery(PageQuery):
    """Which of the caller's submissions."""

    task_id: UUID | None = Field(default=None, description="Those to one task alone.")


class ReEvaluation(Message):
    """A re-evaluation that has been begun."""

    submission_id: UUID
    iteration: int = Field(description="Counts evaluations of the same artifact, from 1.")
    enqueued_at: UtcDatetime
    message: str
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: ReEvaluationView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(
            submission_id=view.submission.id,
            iteration=view.submission.iteration,
            enqueued_at=view.requested_at,
            message=_ENQUEUED,
            next_actions=next_actions,
        )


class StatusScores(Message):
    """Scores from 0 to 100, each `null` where that judge did not speak or has not spoken yet."""

    final_score: float | None = None
    test_score: float | None = None
    llm_score: float | None = None
    container_score: float | None = None
    breakdown: dict[str, JsonValue] | None = None
    eval_mode: EvalMode


class SubmissionState(Message):
    """What anybody may know who knows the submission's id. Read `status` and `evaluated` together."""

    id: UUID
    status: SubmissionStatus
    evaluated: bool
    scores: StatusScores
    position: int | None
    error_message: str | None

    @classmethod
    def of(cls, view: SubmissionStatusView, position: int | None) -> Self:
        """Translate."""
        scores = {} if view.scores is None else view.scores.model_dump()
        fields = view.submission.model_dump(include={"id", "status", "evaluated", "error_message"})
        return cls(scores=StatusScores(eval_mode=view.eval_mode, **scores), position=position, **fields)


class SubmissionDetails(Message):
    """What the judge said, criterion by criterion."""

    submission_id: UUID
    status: SubmissionStatus
    evaluated: bool
    dimensions: tuple[Dimension, ...]
    reasoning: str | None
    findings: tuple[Finding, ...] = Field(
        default=(), description="What whoever reads the score should know; no finding changes it."
    )
    judge_version: JudgeVersion | None = None
    panel: Panel | None = None
    counting: Counting | None = None
    container_score: float | None
    breakdown: dict[str, JsonValue] | None = None
    build: BuildCheck | None = Field(default=None, description="What the tools of its language said of it.")
    tests: TestSummary | None = Field(default=None, description="The task's test suite, by count.")
    eval_mode: EvalMode

    @classmethod
    def of(cls, view: SubmissionView) -> Self:
        """Translate."""
        return cls(
            submission_id=view.submission.id,
            status=view.submission.status,
            evaluated=view.submission.evaluated,
            dimensions=view.dimensions,
            reasoning=view.reasoning,
            findings=view.findings,
            judge_version=view.judge_version,
            panel=view.panel,
            counting=view.counting,
            container_score=None if view.scores is None else view.scores.container_score,
            breakdown=None if view.scores is None else view.scores.breakdown,
            build=view.build,
            tests=view.tests,
            eval_mode=view.eval_mode,
        )


class ContainerLog(Message):
    """What an evaluation container wrote."""

    submission_id: UUID
    image: str = Field(description="By its content, as it was pinned when the task was published.")
    exit_code: int | None = Field(description="Null if it was ended because its time was over.")
    problem: str | None = Field(description="Why there is no score; null if there is one.")
    seconds: float
    stdout: str = Field(description="The end of it, as for `stderr`.")
    stderr: str


class TestResults(TestResultsView):
    """How a submission did in the test suite of a task of yours, case by case."""

    submission_id: UUID


class EvaluationResults(Message):
    """The score, in a list."""

    final_score: Score


class OwnSubmission(Message):
    """A submission of yours, in a list."""

    id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    iteration: int
    artifact_sha256: str | None = Field(default=None, description=ARTIFACT_SHA256)
    evaluation_results: EvaluationResults | None = Field(description="Null while `evaluated` is false.")
    error_message: str | None
    created_at: UtcDatetime
    received_at: UtcDatetime | None
    scored_at: UtcDatetime | None

    @classmethod
    def of(cls, entry: SubmissionEntry) -> Self:
        """Translate."""
        return cls(evaluation_results=_results(entry), **entry.model_dump())


class TaskSubmission(Message):
    """A submission to a task of yours, in a list."""

    id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    artifact_sha256: str | None = Field(default=None, description=ARTIFACT_SHA256)
    created_at: UtcDatetime
    received_at: UtcDatetime | None
    evaluation_results: EvaluationResults | None = Field(description="Null while `evaluated` is false.")

    @classmethod
    def of(cls, entry: SubmissionEntry) -> Self:
        """Translate."""
        return cls(evaluation_results=_results(entry), **entry.model_dump())


def _results(entry: SubmissionEntry) -> EvaluationResults | None:
    return None if entry.final_score is None else EvaluationResults(final_score=entry.final_score)
