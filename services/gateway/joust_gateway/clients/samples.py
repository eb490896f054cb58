"""Client of the task service for the samples of drafts."""

from uuid import UUID

from joust_contracts.internal.samples import RemovedSample, SampleKind, SampleView
from joust_gateway.clients.call import Call
from joust_gateway.clients.files import FileTransport
from joust_gateway.clients.uploads import Upload


class SampleClient:
    """The task service's internal API about samples."""

    def __init__(self, transport: FileTransport, upload_timeout_seconds: float) -> None:
        self._transport = transport
        self._upload_timeout_seconds = upload_timeout_seconds

    async def put(self, call: Call, task_id: UUID, kind: SampleKind, body: Upload) -> SampleView:
        """Give a draft a sample."""
        return await self._transport.put_bytes(
            call,
            _path(task_id, kind),
            SampleView,
            params={},
            body=body,
            timeout_seconds=self._upload_timeout_seconds,
        )

    async def get(self, call: Call, task_id: UUID, kind: SampleKind) -> SampleView:
        """A sample with a fresh link."""
        return await self._transport.get(call, _path(task_id, kind), SampleView)

    async def delete(self, call: Call, task_id: UUID, kind: SampleKind) -> RemovedSample:
        """Take a sample from a draft."""
        return await self._transport.delete(call, _path(task_id, kind), RemovedSample)


def _path(task_id: UUID, kind: SampleKind) -> str:
    return f"/internal/tasks/{task_id}/samples/{kind.value}"
