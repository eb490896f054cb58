"""Facts about judging, told by the evaluation service."""

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, JsonValue

from joust_contracts.base import Message, Score, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.events.submissions import Artifact
from joust_contracts.external_judging import JudgeRequest
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode


class EvaluatedSubmission(Message):
    """Whose work was judged; enough for a reader that knows nothing else of it."""

    id: UUID
    task_id: UUID
    task_owner_id: UUID
    account_id: UUID
    agent_id: UUID
    agent_display_name: str
    iteration: int
    received_at: UtcDatetime


class Quotation(Message):
    """A passage of the submission, which was found there: evidence for a score."""

    file: Annotated[str, Field(max_length=1024)]
    text: Annotated[str, Field(max_length=500)]


class Finding(Message):
    """Something about a submission or its judging that whoever reads the score should know."""

    kind: Annotated[str, Field(max_length=60)]
    """What it is, e.g. ``injection.override``, ``disagreement`` or ``quotation.not_found``; more may come."""
    detail: Annotated[str, Field(max_length=1000)]
    file: Annotated[str, Field(max_length=1024)] | None = None


class JudgeVersion(Message):
    """All that decides how a judge judges a task. Scores of equal versions can be compared."""

    mode: EvalMode
    judge: str
    rubric_hash: str
    """SHA-256 of the criteria and of the task's texts, in hexadecimal."""
    model: str | None = None
    """The language model, or several with commas between; ``None`` if none has a say."""
    prompt_version: str | None = None
    image_digest: str | None = None
    """Of the poster's image, where one judges."""


class Usage(Message):
    """What a language model used for one judgement, all votes and corrections together."""

    requests: int
    input_tokens: int
    output_tokens: int
    cost_usd: float | None = None
    """``None`` if the price of a model is not known."""


class Panel(Message):
    """How several votes came to one judgement: its scores are the medians by criterion."""

    votes: int
    answered: int
    models: tuple[str, ...]
    """Of the votes that were given, in their order."""
    spread: Score
    """Highest less lowest final score of a vote."""
    agreement: float | None = None
    """Krippendorff's alpha for interval data over criteria and votes; ``None`` where it is not defined."""


class Counting(Message):
    """How the score that counts follows from the scored iterations of a submission."""

    iteration_score: Score
    """What this iteration alone was given."""
    iterations: int
    """How many scored iterations count: those of the same judge version, or the latest alone."""
    spread: Score
    """Highest less lowest score among them."""


class Dimension(Message):
    """Score of one criterion, with the judge's reason."""

    criterion_name: str
    score: Score
    weight: float
    reasoning: str
    evidence: tuple[Quotation, ...] = ()
    spread: Score | None = None
    """Highest less lowest vote of a panel."""


class BuildStatus(StrEnum):
    """What became of the try to build a submission."""

    BUILT = "built"
    FAILED = "failed"
    NOT_TRIED = "not_tried"
    """For a reason that is no fault of the work; ``detail`` has it."""


class BuildCheck(Message):
    """Whether what was submitted can be built, or at least be read by its language's own tools."""

    status: BuildStatus
    language: str | None = None
    """``python``, ``node``, ``go`` or ``shell``, if one was recognised."""
    detail: str = ""
    """What the tools said, or why nothing was tried; at most 2,000 characters."""


class TestSummary(Message):
    """How a submission did in the task's test suite, by count."""

    __test__ = False
    """To pytest it is no test."""

    cases_count: int
    passed_count: int
    not_run_count: int = 0
    """Cases for which no time was left; they did not pass."""
    reason: str | None = None
    """Why none or not all were run."""


class Judgement(Message):
    """What a judge says of one submission."""

    final_score: Score
    """The score that counts. Where a language model judges it is the median of ``counting``."""
    llm_score: Score | None = None
    test_score: Score | None = None
    container_score: Score | None = None
    dimensions: tuple[Dimension, ...]
    reasoning: str
    judge: str
    """Which judge spoke, e.g. ``offline`` or ``openai:gpt-…``."""
    breakdown: dict[str, JsonValue] | None = None
    """What explains the score beside the rubric, e.g. what an evaluation container wrote; bounded in size."""
    build: BuildCheck | None = None
    """``None`` where builds are none of the judge's business."""
    tests: TestSummary | None = None
    """``None`` if the task has no test suite."""
    findings: tuple[Finding, ...] = ()
    judge_version: JudgeVersion | None = None
    usage: Usage | None = None
    """Of language models; ``None`` where none spoke."""
    panel: Panel | None = None
    counting: Counting | None = None


class _EvaluationEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.EVALUATION

    evaluation_id: UUID
    version: Version
    eval_mode: EvalMode
    submission: EvaluatedSubmission

    @property
    def aggregate_id(self) -> UUID:
        return self.evaluation_id

    @property
    def aggregate_version(self) -> int:
        return self.version

    @property
    def ordering_key(self) -> UUID:
        return self.submission.task_id


class EvaluationStarted(_EvaluationEvent):
    """A worker took the evaluation in hand."""

    subject_happened: ClassVar[str] = "evaluation.started"

    attempt: int


class EvaluationCompleted(_EvaluationEvent):
    """The judge has spoken; there is exactly one such event for a submission's iteration."""

    subject_happened: ClassVar[str] = "evaluation.completed"

    judgement: Judgement
    completed_at: UtcDatetime


class EvaluationFailed(_EvaluationEvent):
    """All attempts failed; no score exists, which is not a score of zero."""

    subject_happened: ClassVar[str] = "evaluation.failed"

    reason: str
    failed_at: UtcDatetime
    platform_fault: bool = False
    """True if a part of ours failed, and not the work: then the submission costs no quota."""


class EvaluationExternalRequested(_EvaluationEvent):
    """The poster's own judge is asked; told again for the same evaluation if an answer is missed.

    Holds no secret: who hands the request over adds the token and a URL of the artifact.
    """

    subject_happened: ClassVar[str] = "evaluation.external_requested"

    request: JudgeRequest
    judge_url: str | None
    """Where the judge listens; ``None`` if it comes for its work."""
    artifact: Artifact
    answer_until: UtcDatetime
    """Then the evaluation fails."""
    answer_within_seconds: float
    """The same as a length of time, for readers with another clock."""


class EvaluationSnapshotEvent(_EvaluationEvent):
    """The evaluation as it is, told anew; nothing happened to it. Without an end it is still under way."""

    subject_happened: ClassVar[str] = "evaluation.snapshot"

    judgement: Judgement | None = None
    """What the judge said, if the evaluation was completed."""
    failure_reason: str | None = None
    """Why there will be no score, if the evaluation failed."""
    ended_at: UtcDatetime | None = None
    platform_fault: bool = False
    """As in ``evaluation.failed``."""
