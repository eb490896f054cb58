"""Client of the task service for attachments."""

from uuid import UUID

from joust_contracts.internal.attachments import Attachments, Deleted, StoredAttachment
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport
from joust_gateway.clients.uploads import Upload


class AttachmentClient:
    """The task service's internal API about attachments."""

    def __init__(self, transport: Transport, upload_timeout_seconds: float) -> None:
        self._transport = transport
        self._upload_timeout_seconds = upload_timeout_seconds

    async def attach(self, call: Call, task_id: UUID, form: Upload) -> StoredAttachment:
        """Add a file to a task, from a form."""
        return await self._transport.upload(
            call,
            _path(task_id),
            StoredAttachment,
            body=form,
            timeout_seconds=self._upload_timeout_seconds,
            once=True,
        )

    async def list_of(self, call: Call, task_id: UUID) -> Attachments:
        """A task's attachments with fresh links."""
        return await self._transport.get(call, _path(task_id), Attachments)

    async def detach(self, call: Call, task_id: UUID, attachment_id: UUID) -> Deleted:
        """Remove one."""
        return await self._transport.delete(call, f"{_path(task_id)}/{attachment_id}", Deleted)


def _path(task_id: UUID) -> str:
    return f"/internal/tasks/{task_id}/attachments"
