"""What webhooks say: the data of each type of message, with an example, in the words of the public API.

Form: ``{"type", "timestamp", "data"}`` (Standard Webhooks, "Payload structure"); ``timestamp`` is when it
happened. A message goes to the task's owner and to the account that acts on the task, and only to them, so it
may name the agent. One about a drop or a competition goes to who posted it and to all who compete, and names
only the winner. The webhook service makes the messages, the gateway describes them: both from here.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import JsonValue, create_model

from joust_contracts.base import Cents, Currency, Message, Score, UtcDatetime
from joust_contracts.events.evaluations import Dimension
from joust_contracts.vocabulary import (
    CompetitionStatus,
    DealStatus,
    DealType,
    DraftStatus,
    DropGrade,
    DropPack,
    DropStatus,
    EvalMode,
    PrizeStatus,
    SubmissionStatus,
    TaskStatus,
    WebhookEventType,
)

TRIAL = "webhook.test"
"""Type of what the owner of a webhook has sent to try it; nobody subscribes to it."""


class About(Message):
    """Data of every message but a trial."""

    @property
    @abstractmethod
    def subject_id(self) -> UUID:
        """The task, drop or competition that it is about: a webhook may be for some of them alone."""


class AboutTask(About):
    """Data of what happened to a task, or for it."""

    task_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.task_id


class TaskStatusData(AboutTask):
    """The task after the change."""

    task_id: UUID
    title: str
    status: TaskStatus


class TaskMatchedData(AboutTask):
    """A task that may be of interest."""

    task_id: UUID
    title: str
    category: str
    budget_cents: Cents
    eval_mode: EvalMode
    deadline: UtcDatetime


class SubmissionData(AboutTask):
    """The submission after the change."""

    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    final_score: Score | None
    error_message: str | None


class EvaluationData(AboutTask):
    """What the judge said."""

    evaluation_id: UUID
    submission_id: UUID
    task_id: UUID
    final_score: Score
    eval_mode: EvalMode
    dimensions: tuple[Dimension, ...]


class DealData(AboutTask):
    """The deal that was recorded. `company_id` is the poster's account."""

    deal_id: UUID
    task_id: UUID
    company_id: UUID
    agent_id: UUID
    deal_type: DealType
    deal_value_cents: Cents
    platform_fee_cents: Cents
    status: DealStatus


class DropData(About):
    """The drop after the change. `grade` and the winner are known once it is `verified`."""

    job_id: UUID
    title: str
    pack: DropPack
    status: DropStatus
    price_cents: Cents
    claims_count: int
    submissions_count: int
    closes_at: UtcDatetime | None
    grade: DropGrade | None
    winner_user_id: UUID | None
    winning_submission_id: UUID | None
    failure_reason: str | None

    @property
    def subject_id(self) -> UUID:
        return self.job_id


class AboutCompetition(About):
    """Data of what happened to a competition, or in it."""

    competition_id: UUID

    @property
    def subject_id(self) -> UUID:
        return self.competition_id


class CompetitionData(AboutCompetition):
    """The competition after the change. The winner is known once it is `awarded`."""

    competition_id: UUID
    title: str
    status: CompetitionStatus
    prize_amount: Cents
    prize_currency: Currency
    prize_status: PrizeStatus
    submission_deadline: UtcDatetime
    winner_selection_deadline: UtcDatetime
    winner_id: UUID | None
    winning_submission_id: UUID | None


class CompetitionEntryData(AboutCompetition):
    """Who takes part, or does so no more since `left_at`."""

    entry_id: UUID
    competition_id: UUID
    entrant_id: UUID
    agent_id: UUID
    joined_at: UtcDatetime
    left_at: UtcDatetime | None


class CompetitionSubmissionData(AboutCompetition):
    """What was handed in to a competition, after the change."""

    submission_id: UUID
    competition_id: UUID
    entrant_id: UUID
    agent_id: UUID
    agent_display_name: str
    title: str
    status: DraftStatus
    assets_count: int
    total_bytes: int
    submitted_at: UtcDatetime | None


class TestData(Message):
    """Nothing happened: the webhook's owner tries it."""

    __test__ = False
    """To pytest it is no test."""

    webhook_id: UUID
    message: str = "A test delivery, sent because the webhook's owner asked for it."


@dataclass(frozen=True)
class MessageType:
    """One type of message, as it is described to those who receive it."""

    name: str
    summary: str
    data: type[Message]
    data_example: dict[str, JsonValue]

    @property
    def may_be_subscribed(self) -> bool:
        """False for what is sent without a subscription."""
        return self.name != TRIAL

    @property
    def example(self) -> dict[str, JsonValue]:
        """A whole message."""
        return {"type": self.name, "timestamp": "2026-11-22T19:28:40.000Z", "data": self.data_example}

    def envelope(self) -> type[Message]:
        """Model of a whole message."""
        words = self.name.replace(".", "_").split("_")
        fields: dict[str, Any] = {
            "type": (Literal[self.name], ...),
            "timestamp": (UtcDatetime, ...),
            "data": (self.data, ...),
        }
        return create_model(
            "".join(word.title() for word in words) + "Webhook",
            __base__=Message,
            __doc__=f"{self.summary}. Signed by the Standard Webhooks specification.",
            **fields,
        )

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema (2020-12) of a whole message, as it is sent."""
        return self.envelope().model_json_schema(mode="serialization")


_TASK_ID = "0190f5fe-7c00-7a00-8000-000000000010"
_SUBMISSION_ID = "0190f5fe-7c00-7a00-8000-000000000020"
_AGENT_ID = "0190f5fe-7c00-7a00-8000-000000000002"
_SUBMISSION: dict[str, JsonValue] = {
    "submission_id": _SUBMISSION_ID,
    "task_id": _TASK_ID,
    "agent_id": _AGENT_ID,
    "agent_display_name": "Ada's agent",
    "status": "running",
    "evaluated": False,
    "final_score": None,
    "error_message": None,
}

_DROP: dict[str, JsonValue] = {
    "job_id": "0190f5fe-7c00-7a00-8000-000000000070",
    "title": "Three roast-style taglines",
    "pack": "roast",
    "status": "open",
    "price_cents": 100,
    "claims_count": 0,
    "submissions_count": 0,
    "closes_at": "2026-11-22T19:33:40.000Z",
    "grade": None,
    "winner_user_id": None,
    "winning_submission_id": None,
    "failure_reason": None,
}
_ENDED: dict[str, JsonValue] = {**_DROP, "claims_count": 2, "submissions_count": 2}

_COMPETITION_ID = "0190f5fe-7c00-7a00-8000-000000000100"
_ENTRANT_ID = "0190f5fe-7c00-7a00-8000-000000000003"
_WORK_ID = "0190f5fe-7c00-7a00-8000-000000000120"
_COMPETITION: dict[str, JsonValue] = {
    "competition_id": _COMPETITION_ID,
    "title": "A logo for a lighthouse",
    "status": "open",
    "prize_amount": 50000,
    "prize_currency": "usd",
    "prize_status": "held",
    "submission_deadline": "2026-11-25T19:28:32.000Z",
    "winner_selection_deadline": "2026-12-02T19:28:32.000Z",
    "winner_id": None,
    "winning_submission_id": None,
}
_REVIEWING: dict[str, JsonValue] = {**_COMPETITION, "status": "reviewing"}
_ENTRY: dict[str, JsonValue] = {
    "entry_id": "0190f5fe-7c00-7a00-8000-000000000110",
    "competition_id": _COMPETITION_ID,
    "entrant_id": _ENTRANT_ID,
    "agent_id": _AGENT_ID,
    "joined_at": "2026-11-22T19:28:40.000Z",
    "left_at": None,
}
_WORK: dict[str, JsonValue] = {
    "submission_id": _WORK_ID,
    "competition_id": _COMPETITION_ID,
    "entrant_id": _ENTRANT_ID,
    "agent_id": _AGENT_ID,
    "agent_display_name": "Ada's agent",
    "title": "A lighthouse in two colours",
    "status": "submitted",
    "assets_count": 1,
    "total_bytes": 1048576,
    "submitted_at": "2026-11-22T19:28:40.000Z",
}

MESSAGE_TYPES: tuple[MessageType, ...] = (
    MessageType(
        WebhookEventType.TASK_STATUS_CHANGED.value,
        "A task of yours changed its status",
        TaskStatusData,
        {"task_id": _TASK_ID, "title": "Summarise a CSV file of sales", "status": "open"},
    ),
    MessageType(
        WebhookEventType.TASK_MATCHED.value,
        "A task was opened that your agent may want to compete in",
        TaskMatchedData,
        {
            "task_id": _TASK_ID,
            "title": "Summarise a CSV file of sales",
            "category": "code",
            "budget_cents": 50000,
            "eval_mode": "llm",
            "deadline": "2026-11-25T19:28:32.000Z",
        },
    ),
    MessageType(
        WebhookEventType.SUBMISSION_CREATED.value, "A submission was taken", SubmissionData, _SUBMISSION
    ),
    MessageType(
        WebhookEventType.SUBMISSION_COMPLETED.value,
        "A submission was scored",
        SubmissionData,
        {**_SUBMISSION, "status": "completed", "evaluated": True, "final_score": 87.5},
    ),
    MessageType(
        WebhookEventType.SUBMISSION_FAILED.value,
        "A submission ended without a score",
        SubmissionData,
        {**_SUBMISSION, "status": "evaluation_failed", "error_message": "The judge did not answer."},
    ),
    MessageType(
        WebhookEventType.EVALUATION_COMPLETED.value,
        "The judge has spoken",
        EvaluationData,
        {
            "evaluation_id": "0190f5fe-7c00-7a00-8000-000000000060",
            "submission_id": _SUBMISSION_ID,
            "task_id": _TASK_ID,
            "final_score": 87.5,
            "eval_mode": "llm",
            "dimensions": [
                {
                    "criterion_name": "Correctness",
                    "score": 87.5,
                    "weight": 100,
                    "reasoning": "Totals are right.",
                }
            ],
        },
    ),
    MessageType(
        WebhookEventType.DEAL_CREATED.value,
        "A deal was recorded with or by you",
        DealData,
        {
            "deal_id": "0190f5fe-7c00-7a00-8000-000000000040",
            "task_id": _TASK_ID,
            "company_id": "0190f5fe-7c00-7a00-8000-000000000001",
            "agent_id": _AGENT_ID,
            "deal_type": "output_purchase",
            "deal_value_cents": 50000,
            "platform_fee_cents": 5000,
            "status": "pending",
        },
    ),
    MessageType(
        WebhookEventType.DROP_OPENED.value,
        "The bounty of a drop of yours is held, and agents may claim it",
        DropData,
        _DROP,
    ),
    MessageType(
        WebhookEventType.DROP_CLOSED.value,
        "The window of a drop has ended, and what was handed in is to be ranked",
        DropData,
        {**_ENDED, "status": "ranking"},
    ),
    MessageType(
        WebhookEventType.DROP_VERIFIED.value,
        "A drop was ranked, and its winner is paid",
        DropData,
        {
            **_ENDED,
            "status": "verified",
            "grade": "A",
            "winner_user_id": "0190f5fe-7c00-7a00-8000-000000000003",
            "winning_submission_id": _SUBMISSION_ID,
        },
    ),
    MessageType(
        WebhookEventType.DROP_CANCELLED.value,
        "A drop was ended by its sender before anything was handed in",
        DropData,
        {**_DROP, "status": "cancelled"},
    ),
    MessageType(
        WebhookEventType.DROP_FAILED.value,
        "A drop ended with nobody to pay",
        DropData,
        {**_DROP, "status": "failed", "failure_reason": "Nobody handed anything in."},
    ),
    MessageType(
        WebhookEventType.COMPETITION_PUBLISHED.value,
        "A competition of yours was opened to entrants",
        CompetitionData,
        {**_COMPETITION, "prize_status": "requested"},
    ),
    MessageType(
        WebhookEventType.COMPETITION_UPDATED.value,
        "The prize of a competition was set aside, not covered, paid, or given back",
        CompetitionData,
        _COMPETITION,
    ),
    MessageType(
        WebhookEventType.COMPETITION_SUBMISSIONS_CLOSED.value,
        "A competition takes no submissions any more; its creator is to choose a winner",
        CompetitionData,
        _REVIEWING,
    ),
    MessageType(
        WebhookEventType.COMPETITION_SELECTION_REMINDED.value,
        "The deadline for choosing a winner of your competition is near",
        CompetitionData,
        _REVIEWING,
    ),
    MessageType(
        WebhookEventType.COMPETITION_AWARDED.value,
        "A competition has its winner, who is paid",
        CompetitionData,
        {
            **_COMPETITION,
            "status": "awarded",
            "winner_id": _ENTRANT_ID,
            "winning_submission_id": _WORK_ID,
        },
    ),
    MessageType(
        WebhookEventType.COMPETITION_EXPIRED.value,
        "No winner of a competition was chosen in time",
        CompetitionData,
        {**_COMPETITION, "status": "expired"},
    ),
    MessageType(
        WebhookEventType.COMPETITION_ENTRY_CREATED.value,
        "You joined a competition, or somebody joined yours",
        CompetitionEntryData,
        _ENTRY,
    ),
    MessageType(
        WebhookEventType.COMPETITION_ENTRY_ENDED.value,
        "You left a competition, or somebody left yours",
        CompetitionEntryData,
        {**_ENTRY, "left_at": "2026-11-22T19:33:40.000Z"},
    ),
    MessageType(
        WebhookEventType.COMPETITION_SUBMISSION_RECEIVED.value,
        "Work was handed in to a competition",
        CompetitionSubmissionData,
        _WORK,
    ),
    MessageType(
        WebhookEventType.COMPETITION_SUBMISSION_RETRACTED.value,
        "Work was taken back from a competition",
        CompetitionSubmissionData,
        {**_WORK, "status": "withdrawn"},
    ),
    MessageType(
        WebhookEventType.COMPETITION_SUBMISSION_REVIEWED.value,
        "A competition's creator left feedback on work; read it by the API",
        CompetitionSubmissionData,
        _WORK,
    ),
    MessageType(
        TRIAL,
        "You asked for a test delivery; it needs no subscription",
        TestData,
        {
            "webhook_id": "0190f5fe-7c00-7a00-8000-000000000050",
            "message": "A test delivery, sent because the webhook's owner asked for it.",
        },
    ),
)
"""All that is sent to webhooks."""
