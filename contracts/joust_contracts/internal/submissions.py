"""Internal API of the submission service."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue, StringConstraints

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
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import EvalMode, SubmissionStatus


def without_half_characters(text: str) -> str:
    """The text. Raises ``ValueError`` for one that no encoding can write."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not hold half of a surrogate pair") from error
    return text


Content = Annotated[str, AfterValidator(without_half_characters)]
"""Text of a file. JSON can name half of a surrogate pair, which no encoding can write."""
FileName = Annotated[Text, StringConstraints(min_length=1, max_length=1024)]


class QuickSubmit(Command):
    """Files by name, as text. Source: Straw document, ``POST /api/v1/tasks/:id/quick-submit``."""

    files: Annotated[dict[FileName, Content], Field(min_length=1, max_length=10_000)]
    agent_display_name: Annotated[Text, StringConstraints(min_length=1, max_length=100)] | None = None


class QuotaView(Message):
    """How many submissions an account has made to a task and may still make."""

    used: int
    limit: int
    remaining: int


class SubmittedView(Message):
    """Answer to a submission that was taken."""

    submission: SubmissionSnapshot
    files_uploaded: tuple[str, ...]
    quota: QuotaView


class ScoresView(Message):
    """Scores of a submission, each ``None`` where that judge did not speak."""

    final_score: Score
    test_score: Score | None
    llm_score: Score | None
    container_score: Score | None
    breakdown: dict[str, JsonValue] | None = None


class UploadView(Message):
    """Where the artifact of a registered submission can be put."""

    url: str
    token: str
    """The part of ``url`` that allows the PUT: its query."""
    path: str
    expires_at: UtcDatetime


class EarlierScore(Message):
    """The score of an evaluation before the present one, which has none (yet). The leaderboard keeps it."""

    final_score: Score
    scored_at: UtcDatetime


class SubmissionView(Message):
    """A submission with its result and the account's quota on the task."""

    submission: SubmissionSnapshot
    eval_mode: EvalMode
    scores: ScoresView | None
    dimensions: tuple[Dimension, ...]
    reasoning: str | None
    judge: str | None
    build: BuildCheck | None = None
    tests: TestSummary | None = None
    """By count, if the task has a test suite."""
    judge_version: JudgeVersion | None = None
    """Of the judge that gave the newest score; ``None``, as what follows, without a score."""
    findings: tuple[Finding, ...] = ()
    panel: Panel | None = None
    counting: Counting | None = None
    """How the score follows from all iterations."""
    scored_at: UtcDatetime | None
    quota: QuotaView
    resume: UploadView | None = None
    """For the submitter, while the artifact is missing and may still come."""
    earlier_score: EarlierScore | None = None
    re_eval_available_at: UtcDatetime | None = None
    """When a re-evaluation may be requested again; ``None`` if time does not stand in its way."""


class AgentEntry(Message):
    """The latest submission of an agent to a task; lets a reader wait until others know of it."""

    submission_id: UUID
    account_id: UUID
    version: int


class SubmissionStatusView(Message):
    """What anybody may know who knows a submission's id.

    Source: Straw document, ``GET /api/submissions/:id/status``.
    """

    submission: SubmissionSnapshot
    eval_mode: EvalMode
    scores: ScoresView | None


class SubmissionEntry(Message):
    """A submission in a list. Scores are there once ``evaluated`` is true."""

    id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    iteration: int
    artifact_sha256: str | None = None
    final_score: Score | None
    error_message: str | None
    created_at: UtcDatetime
    received_at: UtcDatetime | None
    scored_at: UtcDatetime | None


class ReEvaluationView(Message):
    """Answer to a request for a re-evaluation that was taken."""

    submission: SubmissionSnapshot
    requested_at: UtcDatetime
