"""Internal API of external judging: scores by the poster's own judge, and work that it comes for."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from joust_contracts.base import Command, Message, Score, UtcDatetime
from joust_contracts.external_judging import ExternalEvalRequest
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import SubmissionStatus

MAX_REASONING = 50_000
"""Characters (Straw document, ``POST /api/v1/submissions/:id/external-score``), and as many again for all
dimensions together, so that an event can carry them."""
MAX_DIMENSIONS = 50
"""As many as a rubric has criteria."""

PostedScore = Annotated[Score, Field(strict=True)]
Reasoning = Annotated[Text, StringConstraints(max_length=MAX_REASONING)]


class PostedDimension(Command):
    """The judge's score of one criterion of the task's rubric."""

    criterion_name: Annotated[Text, StringConstraints(min_length=1, max_length=200)]
    score: PostedScore
    reasoning: Reasoning | None = None


class PostScore(Command):
    """What the poster's own judge says: `final_score`, or `error_message` if it could not judge."""

    callback_token: Annotated[Text, StringConstraints(min_length=1, max_length=200)] = Field(
        description="As it came with the request."
    )
    final_score: PostedScore | None = None
    reasoning: Reasoning | None = None
    dimensions: Annotated[tuple[PostedDimension, ...], Field(max_length=MAX_DIMENSIONS)] | None = Field(
        default=None, description="By the names of the task's criteria; any of them may be missing."
    )
    error_message: Annotated[Text, StringConstraints(min_length=1, max_length=2000)] | None = Field(
        default=None,
        description="Why there is no score. The submission becomes `evaluation_failed`; it costs no quota.",
    )
    lease_id: UUID | None = Field(
        default=None,
        description="Of the claim by which the work was got; not with work that came by webhook.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.final_score is None and self.error_message is None:
            raise ValueError("send final_score, or error_message if there is none")
        named = [each.criterion_name for each in self.dimensions or ()]
        if len(set(named)) < len(named):
            raise ValueError("dimensions must name each criterion once")
        length = sum(len(each.reasoning or "") for each in self.dimensions or ())
        if length > MAX_REASONING:
            raise ValueError(f"the dimensions' reasoning may have {MAX_REASONING} characters in all")
        return self


class ScoreTaken(Message):
    """The submission after its judge has spoken."""

    submission_id: UUID
    status: SubmissionStatus
    evaluated: bool
    final_score: Score | None
    evaluation_id: UUID


class Lease(Message):
    """Until when an evaluation is one judge's alone."""

    evaluation_id: UUID
    lease_id: UUID
    lease_expires_at: UtcDatetime


class ClaimedEvaluation(Message):
    """A submission to judge."""

    request: ExternalEvalRequest
    lease: Lease
    answer_until: UtcDatetime


class ClaimView(Message):
    """The next submission to judge, if there is one."""

    claimed: ClaimedEvaluation | None


class ExtendLease(Command):
    """Have an evaluation for longer."""

    lease_id: UUID = Field(description="Of the claim.")


class JudgeView(Message):
    """What the owner's judge needs to know once."""

    task_id: UUID
    eval_callback_url: str | None
    callback_token: str
    signing_secret: str
    lease_seconds: float
    answer_within_seconds: float
