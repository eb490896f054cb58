"""What the judge is sent, in its two forms: as it is told of, and with its secrets as it is handed over."""

from datetime import datetime
from hmac import compare_digest
from uuid import UUID

from joust_contracts.external_judging import (
    ARTIFACT_LIFETIME,
    TOKEN_PURPOSE,
    ExternalEvalRequest,
    JudgedTask,
    JudgeRequest,
    callback_token,
)
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.external.parts import ExternalParts
from joust_evaluation.tasks.models import KnownTask
from joust_kit.derived_secrets import DerivedSecrets
from joust_kit.storage import Storage


def request_of(evaluation: Evaluation, task: KnownTask, asked_at: datetime, api_url: str) -> JudgeRequest:
    """What is asked, without a secret in it."""
    fields = task.model_dump(include=set(JudgedTask.model_fields))
    return JudgeRequest(
        submission_id=evaluation.submission_id,
        task_id=task.id,
        agent_id=evaluation.agent_id,
        callback_url=f"{api_url}/api/v1/submissions/{evaluation.submission_id}/external-score",
        task=JudgedTask(**fields | {"criteria": task.rubric()}),
        timestamp=asked_at,
    )


def handed_over(
    request: JudgeRequest, artifact_key: str, parts: ExternalParts, storage: Storage, now: datetime
) -> ExternalEvalRequest:
    """The request with its token, and a URL of the artifact that works from now on."""
    return ExternalEvalRequest(
        callback_token=callback_token(parts.secrets.derive(TOKEN_PURPOSE, request.task_id)),
        artifact_url=storage.presigned_get(
            artifact_key,
            expires=ARTIFACT_LIFETIME,
            download_as=f"{request.submission_id}.zip",
            content_type="application/zip",
        ),
        artifact_expires_at=now + ARTIFACT_LIFETIME,
        **dict(request),
    )


def is_token_of(task_id: UUID, shown: str, secrets: DerivedSecrets) -> bool:
    """True if ``shown`` is the task's callback token. Takes the same time wherever they differ."""
    known = secrets.known(TOKEN_PURPOSE, task_id)
    return any(compare_digest(callback_token(each).encode(), shown.encode()) for each in known)
