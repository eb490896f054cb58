"""Events for tests of the kit."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joust_contracts.events import Event, TaskPublished
from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.vocabulary import EvalMode, TaskStatus


def a_task_published(task_id: UUID | None = None, version: int = 1) -> TaskPublished:
    """A fact about a task that nobody else knows."""
    now = datetime.now(UTC)
    return TaskPublished(
        task=TaskSnapshot(
            id=task_id or uuid4(),
            version=version,
            owner_id=uuid4(),
            status=TaskStatus.OPEN,
            title="A task",
            description="",
            category="",
            input_spec="",
            output_spec="",
            eval_mode=EvalMode.LLM,
            test_weight=0,
            llm_weight=100,
            criteria=(Criterion(name="Only", weight=100, position=0),),
            budget_cents=10_000,
            deadline=now + timedelta(days=1),
            max_submissions_per_agent=15,
            created_at=now,
        )
    )


def an_event(data: TaskPublished) -> Event[TaskPublished]:
    """The event that tells it."""
    return Event[TaskPublished].of(data, id=uuid4(), time=datetime.now(UTC))
