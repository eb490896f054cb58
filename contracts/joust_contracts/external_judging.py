"""What the poster's own judge is sent, and by what it shows that it is the one.

Exact on names: Straw document, ``guide.for_posters``, "External-eval webhook payload". The judge gets it by
webhook or by a claim, so two services make it; neither event nor table holds its secrets.
"""

import base64
from datetime import timedelta
from typing import Literal
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events.tasks import Criterion

TOKEN_PURPOSE = "callback token"  # noqa: S105 - the name of a use, no secret
SIGNING_PURPOSE = "judge webhook"
"""Of secrets derived for a task from the key that both services have."""
TOKEN_PREFIX = "straw_evaltok_"  # noqa: S105 - how every token begins
ARTIFACT_LIFETIME = timedelta(hours=2)
"""How long ``artifact_url`` works (Straw document, same place: "2h signed download URL")."""

_TOKEN_DIGITS = 32


class JudgedTask(Message):
    """The task as far as its judge needs it."""

    id: UUID
    title: str
    description: str
    input_spec: str
    output_spec: str
    criteria: tuple[Criterion, ...]


class JudgeRequest(Message):
    """What is asked of the judge, without the secrets and the URL that are added when it is handed over."""

    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    callback_url: str
    task: JudgedTask
    timestamp: UtcDatetime
    """When the judge was asked first."""


class ExternalEvalRequest(Message):
    """The documented payload."""

    event: Literal["external_eval_request"] = "external_eval_request"
    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    callback_token: str
    callback_url: str
    artifact_url: str
    artifact_expires_at: UtcDatetime
    task: JudgedTask
    timestamp: UtcDatetime


def callback_token(derived: bytes) -> str:
    """The token of a task: ``straw_evaltok_`` and 32 hex digits of what was derived for it."""
    return TOKEN_PREFIX + derived.hex()[:_TOKEN_DIGITS]


def signing_secret(derived: bytes) -> str:
    """The secret that signs a task's requests, in the form of Standard Webhooks."""
    return "whsec_" + base64.b64encode(derived).decode()
