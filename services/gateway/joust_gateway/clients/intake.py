"""Client of the submission service for artifacts that agents bring by themselves."""

from uuid import UUID

from joust_contracts.internal.submissions import QuickSubmit
from joust_contracts.internal.tasks import TaskView
from joust_contracts.internal.uploads import (
    CompletedUpload,
    FreshUpload,
    PreflightView,
    RegisteredView,
    RegisterSubmission,
    UploadedArtifact,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport
from joust_gateway.clients.uploads import Upload


class IntakeClient:
    """The submission service's internal API of the manual flow."""

    def __init__(
        self, transport: Transport, *, upload_timeout_seconds: float, intake_timeout_seconds: float
    ) -> None:
        self._transport = transport
        self._upload_timeout_seconds = upload_timeout_seconds
        self._intake_timeout_seconds = intake_timeout_seconds

    async def register(self, call: Call, task: TaskView, wanted: RegisterSubmission) -> RegisteredView:
        """Take a place in a task as it was just read."""
        path = f"/internal/tasks/{task.id}/submissions"
        after = [(task.id, task.version)]
        return await self._transport.post(call, path, RegisteredView, body=wanted, after=after)

    async def renew(self, call: Call, submission_id: UUID, task: TaskView) -> FreshUpload:
        """A fresh URL."""
        path, after = f"{_path(submission_id)}/upload-url", [(task.id, task.version)]
        return await self._transport.post(call, path, FreshUpload, after=after)

    async def upload(self, call: Call, submission_id: UUID, task: TaskView, body: Upload) -> UploadedArtifact:
        """Pass an artifact on."""
        return await self._transport.upload(
            call,
            f"{_path(submission_id)}/upload",
            UploadedArtifact,
            body=body,
            timeout_seconds=self._upload_timeout_seconds,
            after=[(task.id, task.version)],
        )

    async def complete(self, call: Call, submission_id: UUID, task: TaskView) -> CompletedUpload:
        """Have what was uploaded taken over."""
        path, after = f"{_path(submission_id)}/complete", [(task.id, task.version)]
        patience = self._intake_timeout_seconds
        return await self._transport.post(call, path, CompletedUpload, after=after, timeout_seconds=patience)

    async def preflight_files(self, call: Call, task: TaskView, wanted: QuickSubmit) -> PreflightView:
        """What quick-submit would say."""
        path, after = f"/internal/tasks/{task.id}/preflight-files", [(task.id, task.version)]
        return await self._transport.post(call, path, PreflightView, body=wanted, after=after)

    async def preflight_archive(self, call: Call, task: TaskView, body: Upload) -> PreflightView:
        """What ``complete`` would say of an archive."""
        return await self._transport.upload(
            call,
            f"/internal/tasks/{task.id}/preflight-archive",
            PreflightView,
            body=body,
            timeout_seconds=self._upload_timeout_seconds,
            after=[(task.id, task.version)],
        )


def _path(submission_id: UUID) -> str:
    return f"/internal/submissions/{submission_id}"
