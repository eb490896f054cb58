"""Internal API of the evaluation service: the iterations of a submission, and the records of these and of
comparisons."""

from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.events.evaluations import Finding, Judgement, JudgeVersion, Panel, Usage
from joust_contracts.events.pairwise_comparisons import PairOpinion
from joust_contracts.events.tasks import Criterion
from joust_contracts.vocabulary import ComparisonOutcome, EvalMode

MAX_RECORDS_OF_A_PAGE = 10
"""Of comparisons: each holds all the words that models were given."""


class IterationView(Message):
    """One evaluation of a submission, in the list of all."""

    iteration: int
    status: str
    """``queued``, ``running``, ``completed`` or ``failed``."""
    eval_mode: EvalMode | None
    """Unknown before the evaluation began."""
    iteration_score: Score | None
    """What this iteration alone was given."""
    final_score: Score | None
    """What counted once it was scored."""
    judge: str | None
    judge_version: JudgeVersion | None
    usage: Usage | None
    panel: Panel | None
    findings: tuple[Finding, ...]
    failure_reason: str | None
    queued_at: UtcDatetime
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None


class ReadFile(Message):
    """A text that the judge was given."""

    name: str
    sha256: str
    """Of the text as far as it was given, in UTF-8."""
    characters: int
    is_cut: bool


class Step(Message):
    """A part of a judging and how long it took."""

    name: str
    seconds: float


class VoteRecord(Message):
    """One request to a language model, corrections of its form included."""

    model: str
    seconds: float
    scores: tuple[float, ...] = ()
    """By criterion, in the order of the rubric; none if it failed."""
    usage: Usage | None = None
    failure: str | None = None


class JudgedArtifact(Message):
    """What was judged, as it lies in storage."""

    sha256: str
    size_bytes: int
    files_count: int


class PromptRecord(Message):
    """The words that language models were given."""

    instructions: str
    """In the system role."""
    text: str | None
    """In the user role; ``None`` if it was too long to be kept."""
    sha256: str
    """Of instructions and text, one after the other, in UTF-8."""


class EvaluationRecord(Message):
    """All that is known of how one iteration was judged, for the task's owner."""

    evaluation_id: UUID
    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    iteration: int
    status: str
    eval_mode: EvalMode | None
    attempt: int
    """How often a worker began."""
    queued_at: UtcDatetime
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None
    failure_reason: str | None
    platform_fault: bool
    judgement: Judgement | None
    artifact: JudgedArtifact | None
    rubric: tuple[Criterion, ...]
    files: tuple[ReadFile, ...]
    files_left_out: int
    votes: tuple[VoteRecord, ...]
    steps: tuple[Step, ...]
    prompt: PromptRecord | None


class ComparedSubmission(Message):
    """One of two that were read side by side."""

    submission_id: UUID
    artifact: JudgedArtifact | None
    """What was read; ``None`` if it is not known any more."""


class ComparisonRecord(Message):
    """All that is known of how two submissions were compared, for the task's owner."""

    comparison_id: UUID
    task_id: UUID
    submissions: tuple[ComparedSubmission, ...]
    """In no order that means anything."""
    outcome: ComparisonOutcome
    preferred_id: UUID | None
    reason: str | None
    """Why they were not compared."""
    opinions: tuple[PairOpinion, ...]
    judge: str | None
    judge_version: JudgeVersion | None
    """``None`` where no judge spoke, and of what was compared before it was kept."""
    rubric: tuple[Criterion, ...]
    prompts: tuple[PromptRecord, ...]
    """Of each request to a language model."""
    started_at: UtcDatetime | None
    """Of the attempt that came to this outcome."""
    completed_at: UtcDatetime


class JudgeView(Message):
    """Which judge would judge a submission to a task now."""

    version: JudgeVersion
