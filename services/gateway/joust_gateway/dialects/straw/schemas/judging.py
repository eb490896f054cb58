"""External judging as the Straw API shows it."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.external_judging import ExternalEvalRequest
from joust_contracts.internal.external_judging import (
    ClaimedEvaluation,
    ExtendLease,
    JudgeView,
    Lease,
    PostScore,
    ScoreTaken,
)
from joust_contracts.vocabulary import SubmissionStatus
from joust_gateway.dialects.straw.next_actions import NextAction


class ExternalScore(PostScore):
    """What your judge says of a submission."""


class ExternalScoreTaken(Message):
    """The submission after its judge has spoken."""

    submission_id: UUID
    status: SubmissionStatus
    evaluated: bool
    final_score: float | None
    evaluation_id: UUID

    @classmethod
    def of(cls, taken: ScoreTaken) -> Self:
        """Translate."""
        return cls(**taken.model_dump())


class Claim(ExternalEvalRequest):
    """A submission to judge: the request as the webhook has it, and the lease under which it is yours."""

    evaluation_id: UUID
    lease_id: UUID = Field(description="Send it with the score, and to extend the lease.")
    lease_expires_at: UtcDatetime = Field(description="Then others may claim it.")
    answer_until: UtcDatetime = Field(description="Then the submission becomes `evaluation_failed`.")
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, claimed: ClaimedEvaluation, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(
            answer_until=claimed.answer_until,
            next_actions=next_actions,
            **dict(claimed.request),
            **dict(claimed.lease),
        )


class LeaseExtension(ExtendLease):
    """Which lease to extend."""


class ExtendedLease(Message):
    """Until when the submission is yours."""

    evaluation_id: UUID
    lease_id: UUID
    lease_expires_at: UtcDatetime

    @classmethod
    def of(cls, lease: Lease) -> Self:
        """Translate."""
        return cls(**lease.model_dump())


class TaskJudge(Message):
    """What your own judge needs to know of a task, once. Keep its secrets."""

    task_id: UUID
    eval_callback_url: str | None = Field(description="Where requests are sent.")
    callback_token: str = Field(description="Comes with every request, and goes with every score.")
    signing_secret: str = Field(description="Signs the requests by the Standard Webhooks specification.")
    lease_seconds: float = Field(description="How long a claim has a submission for itself.")
    answer_within_seconds: float = Field(
        description="Then a submission without a score becomes `evaluation_failed`."
    )
    next_actions: tuple[NextAction, ...]

    @classmethod
    def of(cls, judge: JudgeView, next_actions: tuple[NextAction, ...]) -> Self:
        """Translate."""
        return cls(next_actions=next_actions, **judge.model_dump())
