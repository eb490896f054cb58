"""Client of the evaluation service for trying the judges of drafts."""

from uuid import UUID

from joust_contracts.internal.readiness import ReadinessView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class ReadinessClient:
    """The evaluation service's internal API about readiness."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def request(self, call: Call, task_id: UUID, version: int) -> ReadinessView:
        """Have the judge of a task, as it is in ``version``, tried on its samples."""
        after = [(task_id, version)]
        return await self._transport.post(call, _path(task_id), ReadinessView, after=after)

    async def get(self, call: Call, task_id: UUID, version: int) -> ReadinessView:
        """The newest check, and whether it is of the task as it is in ``version``."""
        after = [(task_id, version)]
        return await self._transport.get(call, _path(task_id), ReadinessView, after=after)


def _path(task_id: UUID) -> str:
    return f"/internal/tasks/{task_id}/readiness"
