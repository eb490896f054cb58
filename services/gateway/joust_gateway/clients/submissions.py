"""Client of the submission service."""

from uuid import UUID

from joust_contracts.internal.submissions import (
    AgentEntry,
    QuickSubmit,
    QuotaView,
    SubmissionView,
    SubmittedView,
)
from joust_contracts.internal.tasks import TaskView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class SubmissionClient:
    """The submission service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def quick_submit(self, call: Call, task: TaskView, wanted: QuickSubmit) -> SubmittedView:
        """Hand in files to a task as it was just read."""
        path = f"/internal/tasks/{task.id}/quick-submissions"
        after = [(task.id, task.version)]
        return await self._transport.post(call, path, SubmittedView, body=wanted, after=after)

    async def get(self, call: Call, submission_id: UUID) -> SubmissionView:
        """A submission of the caller, or to a task of the caller."""
        return await self._transport.get(call, f"/internal/submissions/{submission_id}", SubmissionView)

    async def quota(self, call: Call, task_id: UUID) -> QuotaView:
        """What the caller has used and may still use on a task."""
        return await self._transport.get(call, f"/internal/tasks/{task_id}/quota", QuotaView)

    async def latest_of(self, call: Call, task_id: UUID, agent_id: UUID) -> AgentEntry:
        """The latest submission of an agent to a task of the caller."""
        path = f"/internal/tasks/{task_id}/agents/{agent_id}/latest"
        return await self._transport.get(call, path, AgentEntry)
