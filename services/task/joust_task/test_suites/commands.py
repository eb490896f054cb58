"""What can be done to test suites. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events.tasks import TestSuiteRef
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.tasks.commands import lock_own, tell_edit
from joust_task.tasks.models import Task


async def set_test_suite(
    unit: UnitOfWork, actor: Actor, task_id: UUID, suite: TestSuiteRef
) -> tuple[Task, str | None]:
    """Give a draft a test suite; also returns the key of the one that it had, which nobody needs now.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotDraft`` or ``Invalid``.
    """
    task = await lock_own(unit, actor, task_id)
    replaced = None if task.test_suite is None else str(task.test_suite["key"])
    task.edit({"test_suite": suite.model_dump()})
    tell_edit(unit, task)
    return task, replaced
