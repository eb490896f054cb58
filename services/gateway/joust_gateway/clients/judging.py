"""Client of external judging, which the evaluation service owns."""

from uuid import UUID

from joust_contracts.internal.external_judging import (
    ClaimView,
    ExtendLease,
    JudgeView,
    Lease,
    PostScore,
    ScoreTaken,
)
from joust_contracts.internal.tasks import TaskView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class JudgingClient:
    """The internal API of what posters' own judges do."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def post_score(self, call: Call, submission_id: UUID, posted: PostScore) -> ScoreTaken:
        """Say what the judge says."""
        path = f"/internal/submissions/{submission_id}/external-score"
        return await self._transport.post(call, path, ScoreTaken, body=posted)

    async def claim(self, call: Call, task: TaskView) -> ClaimView:
        """Get the next submission to judge of a task as it was just read."""
        path = f"/internal/tasks/{task.id}/claims"
        return await self._transport.post(call, path, ClaimView, after=[(task.id, task.version)])

    async def extend(self, call: Call, evaluation_id: UUID, wanted: ExtendLease) -> Lease:
        """Have an evaluation for longer."""
        path = f"/internal/evaluations/{evaluation_id}/lease"
        return await self._transport.post(call, path, Lease, body=wanted)

    async def judge(self, call: Call, task: TaskView) -> JudgeView:
        """What the judge of a task, as it was just read, needs to know."""
        path = f"/internal/tasks/{task.id}/judge"
        return await self._transport.get(call, path, JudgeView, after=[(task.id, task.version)])
