"""Client of the evaluation service."""

from uuid import UUID

from joust_contracts.internal.evaluations import QueueView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class EvaluationClient:
    """The evaluation service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def place(self, call: Call, submission_id: UUID) -> QueueView:
        """Where a submission that waits for its evaluation stands."""
        return await self._transport.get(call, f"/internal/submissions/{submission_id}/queue", QueueView)
