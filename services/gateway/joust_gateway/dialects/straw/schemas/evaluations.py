"""Evaluations of a submission, and of a whole task again, as the Straw API shows them."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.events.evaluations import Finding, JudgeVersion, Panel, Usage
from joust_contracts.internal.records import MAX_RECORDS_OF_A_PAGE, IterationView
from joust_contracts.internal.rejudges import Difference, RejudgeView
from joust_contracts.vocabulary import EvalMode
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_gateway.dialects.straw.schemas.common import Pagination
from joust_gateway.dialects.straw.schemas.money import PageQuery


class Iteration(Message):
    """One evaluation of the same artifact."""

    iteration: int
    status: str = Field(description="`queued`, `running`, `completed` or `failed`.")
    eval_mode: EvalMode | None
    iteration_score: Score | None = Field(description="What this evaluation alone gave.")
    final_score: Score | None = Field(description="What counted once it was scored.")
    judge: str | None
    judge_version: JudgeVersion | None
    usage: Usage | None = Field(description="Tokens and cost of language models; null where none spoke.")
    panel: Panel | None
    findings: tuple[Finding, ...]
    error_message: str | None
    queued_at: UtcDatetime
    started_at: UtcDatetime | None
    finished_at: UtcDatetime | None

    @classmethod
    def of(cls, view: IterationView) -> Self:
        """Translate."""
        return cls(error_message=view.failure_reason, **view.model_dump(exclude={"failure_reason"}))


class RecordsQuery(PageQuery):
    """Which page of records, of which each is long."""

    limit: Annotated[int, Field(ge=1, le=MAX_RECORDS_OF_A_PAGE)] = Field(
        default=MAX_RECORDS_OF_A_PAGE, description="The most that one page holds."
    )


class JudgedAgain(Message):
    """What judging again changed about one submission."""

    submission_id: UUID
    agent_id: UUID
    iteration: int
    before: Score | None = Field(description="The score that counted; null if there was none.")
    after: Score | None = Field(description="Null while it is not there, and if judging failed.")
    delta: float | None
    error_message: str | None
    judge_version_before: JudgeVersion | None
    judge_version_after: JudgeVersion | None
    ended_at: UtcDatetime | None

    @classmethod
    def of(cls, difference: Difference) -> Self:
        """Translate."""
        return cls(error_message=difference.failure, **difference.model_dump(exclude={"failure"}))


class Rejudge(Message):
    """The newest time that a task was judged again: how far it is, and what it changed."""

    task_id: UUID
    number: int = Field(description="How many times so far; 0 if never.")
    judge_version: JudgeVersion | None
    requested_at: UtcDatetime | None
    is_running: bool
    begun: int = Field(description="Submissions whose new evaluation was asked for.")
    judged: int
    failed: int
    all_begun: bool = Field(description="True once all submissions were gone through.")
    data: tuple[JudgedAgain, ...] = Field(description="In the order of the submissions' ids.")
    pagination: Pagination
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, view: RejudgeView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        next_cursor = view.differences.next_cursor
        return cls(
            data=tuple(map(JudgedAgain.of, view.differences.data)),
            pagination=Pagination(has_more=next_cursor is not None, next_cursor=next_cursor),
            next_actions=next_actions,
            **view.model_dump(exclude={"differences"}),
        )
