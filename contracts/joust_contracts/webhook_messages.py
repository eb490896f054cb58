"""What webhooks say: the data of each type of message, with an example, in the words of the public API.

Form: ``{"type", "timestamp", "data"}`` (Standard Webhooks, "Payload structure"); ``timestamp`` is when it
happened. A message goes to the task's owner and to the account that acts on the task, and only to them, so it
may name the agent. The webhook service makes the messages, the gateway describes them: both from here.
"""

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from pydantic import JsonValue, create_model

from joust_contracts.base import Cents, Message, Score, UtcDatetime
from joust_contracts.events.evaluations import Dimension
from joust_contracts.vocabulary import (
    DealStatus,
    DealType,
    EvalMode,
    SubmissionStatus,
    TaskStatus,
    WebhookEventType,
)

TRIAL = "webhook.test"
"""Type of what the owner of a webhook has sent to try it; nobody subscribes to it."""


class AboutTask(Message):
    """Data of every message but a trial."""

    task_id: UUID


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
