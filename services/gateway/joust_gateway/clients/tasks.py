"""Client of the task service."""

from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.internal.budgets import BudgetView
from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import (
    CreateTask,
    FoundTask,
    PublicTask,
    PublishTask,
    ReplaceRubric,
    TaskFilter,
    TaskSearch,
    TaskSummary,
    TaskView,
    UpdateTask,
)
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport
from joust_gateway.clients.uploads import Upload


class TaskClient:
    """The task service's internal API."""

    def __init__(self, transport: Transport, upload_timeout_seconds: float) -> None:
        self._transport = transport
        self._upload_timeout_seconds = upload_timeout_seconds

    async def create(self, call: Call, wanted: CreateTask) -> TaskView:
        """Make a draft."""
        return await self._transport.post(call, "/internal/tasks", TaskView, body=wanted)

    async def list_open(self, call: Call, wanted: TaskFilter) -> Page[TaskSummary]:
        """Open tasks, newest first."""
        return await self._transport.get(call, "/internal/tasks", Page[TaskSummary], params=_params(wanted))

    async def list_public(self, call: Call, wanted: TaskFilter) -> Page[PublicTask]:
        """Open tasks as anybody may see them, newest first."""
        return await self._transport.get(
            call, "/internal/tasks/public", Page[PublicTask], params=_params(wanted)
        )

    async def search(self, call: Call, wanted: TaskSearch) -> Page[FoundTask]:
        """Published tasks that fit, newest first."""
        return await self._transport.get(
            call, "/internal/search/tasks", Page[FoundTask], params=_params(wanted)
        )

    async def get(self, call: Call, task_id: UUID) -> TaskView:
        """One task."""
        return await self._transport.get(call, f"/internal/tasks/{task_id}", TaskView)

    async def update(self, call: Call, task_id: UUID, wanted: UpdateTask) -> TaskView:
        """Change fields of a draft."""
        return await self._transport.patch(call, f"/internal/tasks/{task_id}", TaskView, body=wanted)

    async def replace_rubric(self, call: Call, task_id: UUID, wanted: ReplaceRubric) -> TaskView:
        """Give a draft other criteria."""
        return await self._transport.put(call, f"/internal/tasks/{task_id}/rubric", TaskView, body=wanted)

    async def upload_test_suite(self, call: Call, task_id: UUID, form: Upload) -> TaskView:
        """Give a draft a test suite, from a form with its file."""
        return await self._transport.upload(
            call,
            f"/internal/tasks/{task_id}/test-suite",
            TaskView,
            body=form,
            timeout_seconds=self._upload_timeout_seconds,
            once=True,
        )

    async def publish(self, call: Call, task_id: UUID, looked_up: PublishTask) -> TaskView:
        """Draft to open."""
        return await self._transport.post(
            call, f"/internal/tasks/{task_id}/publish", TaskView, params=_params(looked_up)
        )

    async def budget(self, call: Call, task_id: UUID) -> BudgetView:
        """Where the budget of a task with escrow is."""
        return await self._transport.get(call, f"/internal/tasks/{task_id}/budget", BudgetView)

    async def close(self, call: Call, task_id: UUID) -> TaskView:
        """Open or evaluating to closed."""
        return await self._transport.post(call, f"/internal/tasks/{task_id}/close", TaskView)


def _params(wanted: Command) -> dict[str, str]:
    return {name: str(value) for name, value in wanted.model_dump(mode="json", exclude_none=True).items()}
