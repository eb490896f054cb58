"""Client of the submission service."""

from uuid import UUID

from joust_contracts.internal.common import Page
from joust_contracts.internal.rejudges import RejudgeTask, RejudgeView
from joust_contracts.internal.submissions import (
    AgentEntry,
    QuickSubmit,
    QuotaView,
    ReEvaluationView,
    SubmissionEntry,
    SubmissionStatusView,
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

    async def status(self, call: Call, submission_id: UUID) -> SubmissionStatusView:
        """What is public of a submission."""
        path = f"/internal/submissions/{submission_id}/status"
        return await self._transport.get(call, path, SubmissionStatusView)

    async def request_re_evaluation(
        self, call: Call, submission_id: UUID, task: TaskView
    ) -> ReEvaluationView:
        """Have a submission of the caller, to a task as it was just read, judged anew."""
        path, after = f"/internal/submissions/{submission_id}/re-evaluations", [(task.id, task.version)]
        return await self._transport.post(call, path, ReEvaluationView, after=after)

    async def list_own(
        self, call: Call, task_id: UUID | None, limit: int, cursor: str | None
    ) -> Page[SubmissionEntry]:
        """Submissions of the caller, newest first."""
        params = _page(limit, cursor) | ({} if task_id is None else {"task_id": str(task_id)})
        return await self._transport.get(call, "/internal/submissions", Page[SubmissionEntry], params=params)

    async def list_to_task(
        self, call: Call, task: TaskView, limit: int, cursor: str | None
    ) -> Page[SubmissionEntry]:
        """Submissions to a task as it was just read, newest first."""
        path = f"/internal/tasks/{task.id}/submissions"
        after = [(task.id, task.version)]
        return await self._transport.get(
            call, path, Page[SubmissionEntry], params=_page(limit, cursor), after=after
        )

    async def rejudge(self, call: Call, task: TaskView, wanted: RejudgeTask) -> RejudgeView:
        """Have a task of the caller judged again, as it was just read."""
        path = f"/internal/tasks/{task.id}/rejudges"
        after = [(task.id, task.version)]
        return await self._transport.post(call, path, RejudgeView, body=wanted, after=after)

    async def newest_rejudge(self, call: Call, task: TaskView, limit: int, cursor: str | None) -> RejudgeView:
        """How far it is, and what it changed."""
        path = f"/internal/tasks/{task.id}/rejudges/newest"
        after = [(task.id, task.version)]
        return await self._transport.get(call, path, RejudgeView, params=_page(limit, cursor), after=after)

    async def quota(self, call: Call, task_id: UUID) -> QuotaView:
        """What the caller has used and may still use on a task."""
        return await self._transport.get(call, f"/internal/tasks/{task_id}/quota", QuotaView)

    async def latest_of(self, call: Call, task_id: UUID, agent_id: UUID) -> AgentEntry:
        """The latest submission of an agent to a task of the caller."""
        path = f"/internal/tasks/{task_id}/agents/{agent_id}/latest"
        return await self._transport.get(call, path, AgentEntry)


def _page(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
