"""Client of the evaluation service."""

from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.evaluations import (
    ContainerLog,
    PinImage,
    PinnedImage,
    QueueView,
    TestResults,
)
from joust_contracts.internal.records import ComparisonRecord, EvaluationRecord, IterationView, JudgeView
from joust_contracts.internal.tasks import TaskView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport

_PIN_SECONDS = 30.0
"""A registry may be far away."""


class EvaluationClient:
    """The evaluation service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def place(self, call: Call, submission_id: UUID) -> QueueView:
        """Where a submission that waits for its evaluation stands."""
        return await self._transport.get(call, f"/internal/submissions/{submission_id}/queue", QueueView)

    async def pin_image(self, call: Call, wanted: PinImage) -> PinnedImage:
        """An evaluation image by its content, as its registry has it now."""
        return await self._transport.post(
            call, "/internal/eval-images/pin", PinnedImage, body=wanted, timeout_seconds=_PIN_SECONDS
        )

    async def container_log(self, call: Call, submission_id: UUID, iteration: int | None) -> ContainerLog:
        """What the evaluation container wrote about a submission, for its task's owner."""
        params = {} if iteration is None else {"iteration": str(iteration)}
        path = f"/internal/submissions/{submission_id}/container-log"
        return await self._transport.get(call, path, ContainerLog, params=params)

    async def test_results(self, call: Call, submission_id: UUID, iteration: int | None) -> TestResults:
        """How a submission did in the test suite of a task of the caller's."""
        params = {} if iteration is None else {"iteration": str(iteration)}
        path = f"/internal/submissions/{submission_id}/test-results"
        return await self._transport.get(call, path, TestResults, params=params)

    async def iterations(
        self, call: Call, submission_id: UUID, limit: int, cursor: str | None
    ) -> Page[IterationView]:
        """Evaluations of a submission of the caller, or to a task of the caller, newest first."""
        path = f"/internal/submissions/{submission_id}/evaluations"
        params = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        return await self._transport.get(call, path, Page[IterationView], params=params)

    async def record(self, call: Call, submission_id: UUID, iteration: int) -> EvaluationRecord:
        """How an iteration of a submission to a task of the caller was judged."""
        path = f"/internal/submissions/{submission_id}/evaluations/{iteration}/record"
        return await self._transport.get(call, path, EvaluationRecord)

    async def comparisons(
        self, call: Call, task: TaskView, limit: int, cursor: str | None
    ) -> Page[ComparisonRecord]:
        """How pairs of submissions to a task of the caller, as it was just read, were compared."""
        params = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        path = f"/internal/tasks/{task.id}/comparisons"
        after = [(task.id, task.version)]
        return await self._transport.get(call, path, Page[ComparisonRecord], params=params, after=after)

    async def judge_of(self, call: Call, task: TaskView) -> JudgeView:
        """Which judge would judge a submission to a task, as it was just read, now."""
        after = [(task.id, task.version)]
        path = f"/internal/tasks/{task.id}/judge-version"
        return await self._transport.get(call, path, JudgeView, after=after)
