"""Requests to posters' own judges: kept without their secrets, which each attempt adds.

So no table, log or event holds a token or a signed URL, and the URL of a late attempt is a fresh one. The
message is the documented payload itself (Straw document, ``guide.for_posters``), signed like every other.
"""

from datetime import datetime
from uuid import UUID

from joust_contracts.base import Message
from joust_contracts.events import EvaluationExternalRequested
from joust_contracts.external_judging import (
    ARTIFACT_LIFETIME,
    SIGNING_PURPOSE,
    TOKEN_PURPOSE,
    ExternalEvalRequest,
    JudgeRequest,
    callback_token,
    signing_secret,
)
from joust_webhook.resources import Resources


class KeptRequest(Message):
    """What a request is made from."""

    request: JudgeRequest
    artifact_key: str


def kept(asked: EvaluationExternalRequested) -> str:
    """What lies in the table."""
    return KeptRequest(request=asked.request, artifact_key=asked.artifact.key).model_dump_json()


def rendered(kept_payload: str, resources: Resources, now: datetime) -> str:
    """The exact text of an attempt that is made ``now``."""
    stored = KeptRequest.model_validate_json(kept_payload)
    request = stored.request
    token = callback_token(resources.judge_secrets.derive(TOKEN_PURPOSE, request.task_id))
    url = resources.storage.presigned_get(
        stored.artifact_key,
        expires=ARTIFACT_LIFETIME,
        download_as=f"{request.submission_id}.zip",
        content_type="application/zip",
    )
    return ExternalEvalRequest(
        callback_token=token,
        artifact_url=url,
        artifact_expires_at=now + ARTIFACT_LIFETIME,
        **dict(request),
    ).model_dump_json()


def secret_of(task_id: UUID, resources: Resources) -> str:
    """What signs requests about a task."""
    return signing_secret(resources.judge_secrets.derive(SIGNING_PURPOSE, task_id))
