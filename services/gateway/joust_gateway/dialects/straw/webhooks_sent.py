"""What webhooks are sent, for the ``webhooks`` section of OpenAPI."""

from fastapi import APIRouter, Response

from joust_contracts.external_judging import ExternalEvalRequest
from joust_contracts.webhook_messages import MESSAGE_TYPES, MessageType
from joust_gateway.dialects.straw.examples.judging import REQUEST

webhooks = APIRouter()


_HEADERS = [
    {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", "pattern": pattern},
    }
    for name, pattern, description in (
        (
            "webhook-id",
            "^msg_",
            "Names what happened: the same in every attempt, at all your webhooks, and in the log of events.",
        ),
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


def _declare(sent: MessageType) -> None:
    envelope = sent.envelope()

    @webhooks.post(
        sent.name,
        operation_id=f"on_{sent.name.replace('.', '_')}",
        summary=sent.summary,
        description=(
            "Signed by the Standard Webhooks specification; its libraries verify it. Answer with any 2xx "
            "status; anything else is tried again."
        ),
        status_code=204,
        response_class=Response,
        response_description="Taken.",
        openapi_extra={
            "parameters": _HEADERS,
            "requestBody": {"content": {"application/json": {"example": sent.example}}},
        },
    )
    async def send(body: envelope) -> None:  # type: ignore[valid-type]
        """Never called: it describes what we send."""


for _type in MESSAGE_TYPES:
    _declare(_type)


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
