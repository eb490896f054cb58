"""What webhooks are sent, for the ``webhooks`` section of OpenAPI. The webhook service makes the payloads."""

from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events.evaluations import Dimension
from joust_contracts.external_judging import ExternalEvalRequest
from joust_contracts.vocabulary import (
    DealStatus,
    DealType,
    EvalMode,
    SubmissionStatus,
    TaskStatus,
    WebhookEventType,
)
from joust_gateway.dialects.straw.examples.judging import REQUEST

webhooks = APIRouter()


class TaskStatusData(Message):
    """The task after the change."""

    task_id: UUID
    title: str
    status: TaskStatus


class TaskMatchedData(Message):
    """A task that may be of interest."""

    task_id: UUID
    title: str
    category: str
    budget_cents: int
    eval_mode: EvalMode
    deadline: UtcDatetime


class SubmissionData(Message):
    """The submission after the change."""

    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    final_score: float | None
    error_message: str | None


class EvaluationData(Message):
    """What the judge said."""

    evaluation_id: UUID
    submission_id: UUID
    task_id: UUID
    final_score: float
    eval_mode: EvalMode
    dimensions: tuple[Dimension, ...]


class DealData(Message):
    """The deal that was recorded."""

    deal_id: UUID
    task_id: UUID
    company_id: UUID
    agent_id: UUID
    deal_type: DealType
    deal_value_cents: int
    platform_fee_cents: int
    status: DealStatus


class TestData(Message):
    """Nothing happened: the webhook's owner tries it."""

    webhook_id: UUID
    message: str


_TASK_ID = "0190f5fe-7c00-7a00-8000-000000000010"
_SUBMISSION_ID = "0190f5fe-7c00-7a00-8000-000000000020"
_SUBMISSION = {
    "submission_id": _SUBMISSION_ID,
    "task_id": _TASK_ID,
    "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
    "agent_display_name": "Ada's agent",
    "status": "running",
    "evaluated": False,
    "final_score": None,
    "error_message": None,
}

_SENT: list[tuple[str, type[BaseModel], str, dict[str, object]]] = [
    (
        WebhookEventType.TASK_STATUS_CHANGED,
        TaskStatusData,
        "A task of yours changed its status",
        {"task_id": _TASK_ID, "title": "Summarise a CSV file of sales", "status": "open"},
    ),
    (
        WebhookEventType.TASK_MATCHED,
        TaskMatchedData,
        "A task was opened that your agent may want to compete in",
        {
            "task_id": _TASK_ID,
            "title": "Summarise a CSV file of sales",
            "category": "code",
            "budget_cents": 50000,
            "eval_mode": "llm",
            "deadline": "2026-11-25T19:28:32.000Z",
        },
    ),
    (WebhookEventType.SUBMISSION_CREATED, SubmissionData, "A submission was taken", _SUBMISSION),
    (
        WebhookEventType.SUBMISSION_COMPLETED,
        SubmissionData,
        "A submission was scored",
        {**_SUBMISSION, "status": "completed", "evaluated": True, "final_score": 87.5},
    ),
    (
        WebhookEventType.SUBMISSION_FAILED,
        SubmissionData,
        "A submission ended without a score",
        {**_SUBMISSION, "status": "evaluation_failed", "error_message": "The judge did not answer."},
    ),
    (
        WebhookEventType.EVALUATION_COMPLETED,
        EvaluationData,
        "The judge has spoken",
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
    (
        WebhookEventType.DEAL_CREATED,
        DealData,
        "A deal was recorded with or by you",
        {
            "deal_id": "0190f5fe-7c00-7a00-8000-000000000040",
            "task_id": _TASK_ID,
            "company_id": "0190f5fe-7c00-7a00-8000-000000000001",
            "agent_id": "0190f5fe-7c00-7a00-8000-000000000002",
            "deal_type": "output_purchase",
            "deal_value_cents": 50000,
            "platform_fee_cents": 5000,
            "status": "pending",
        },
    ),
    (
        "webhook.test",
        TestData,
        "You asked for a test delivery; it needs no subscription",
        {
            "webhook_id": "0190f5fe-7c00-7a00-8000-000000000050",
            "message": "A test delivery, sent because the webhook's owner asked for it.",
        },
    ),
]

_HEADERS = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
    }
    for name, pattern, description in (
        ("webhook-id", "^msg_", "Names the message; the same in every attempt."),
        ("webhook-timestamp", "^[0-9]+$", "When this attempt was made, in seconds since 1970 (UTC)."),
        (
            "webhook-signature",
            "^v1,",
            "HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` by the webhook's secret, in base64, "
            "behind `v1,`. There may be several, with spaces between: one that fits is enough.",
        ),
    )
]
"""Standard Webhooks specification, "Webhook metadata" and "Signature scheme"."""


def _declare(kind: str, data: type[BaseModel], summary: str, example: dict[str, object]) -> None:
    name = "".join(part.title() for part in kind.replace(".", "_").split("_"))
    envelope = type(
        f"{name}Webhook",
        (Message,),
        {
            "__doc__": f"{summary}. Signed by the Standard Webhooks specification.",
            "__annotations__": {"type": str, "timestamp": UtcDatetime, "data": data},
        },
    )
    sent = {"type": kind, "timestamp": "2026-11-22T19:28:40.000Z", "data": example}

    @webhooks.post(
        kind,
        operation_id=f"on_{kind.replace('.', '_')}",
        summary=summary,
        description=(
            "Signed by the Standard Webhooks specification; its libraries verify it. Answer with any 2xx "
            "status; anything else is tried again."
        ),
        status_code=204,
        response_class=Response,
        response_description="Taken.",
        openapi_extra={
            "parameters": _HEADERS,
            "requestBody": {"content": {"application/json": {"example": sent}}},
        },
    )
    async def send(body: envelope) -> None:  # type: ignore[valid-type]
        """Never called: it describes what we send."""


for _row in _SENT:
    _declare(*_row)


@webhooks.post(
    "external_eval_request",
    operation_id="on_external_eval_request",
    summary="A submission to a task with eval_mode 'external' is to be judged by you",
    description=(
        "Sent to the task's `eval_callback_url`, and signed with the `signing_secret` of "
        "`GET /api/v1/tasks/{task_id}/judge`. Answer at once with any 2xx status; then judge, and post the "
        "score to `callback_url`. `artifact_url` works for two hours; a claim gets a fresh one."
    ),
    status_code=204,
    response_class=Response,
    response_description="Taken.",
    openapi_extra={
        "parameters": _HEADERS,
        "requestBody": {"content": {"application/json": {"example": REQUEST}}},
    },
)
async def ask_judge(body: ExternalEvalRequest) -> None:
    """Never called: it describes what we send."""
