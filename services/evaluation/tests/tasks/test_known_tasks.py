"""The projection of tasks: the newest version wins, whatever the order of events."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.events import TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_contracts.events.tasks import Criterion, TestSuiteRef
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.tasks.models import KnownTask
from joust_kit.messaging.inbox import Outcome


async def read(bench: Any, task_id: UUID) -> KnownTask:
    async with bench.tested.database.reading() as session:
        task = await session.get(KnownTask, task_id)
    assert task is not None
    return task


def a_life(bench: Any) -> list[Any]:
    """The events of one task, whose title changes with each version."""
    first = bench.a_task()
    kinds = (TaskCreated, TaskPublished, TaskDeadlinePassed, TaskClosed)
    versions = [
        first.model_copy(update={"version": version, "title": f"Title {version}"}) for version in (1, 2, 3, 4)
    ]
    return [kind(task=task) for kind, task in zip(kinds, versions, strict=True)]


@pytest.mark.parametrize("order", list(permutations(range(4)))[::3])
async def test_the_end_does_not_depend_on_the_order_of_events(bench: Any, order: tuple[int, ...]) -> None:
    life = a_life(bench)
    for index in order:
        await bench.tested.deliver(life[index])
    task = await read(bench, life[0].task.id)
    assert (task.version, task.title) == (4, "Title 4")


async def test_an_event_that_comes_twice_changes_nothing(bench: Any) -> None:
    created, published, *_ = a_life(bench)
    event_id = created.task.id
    assert await bench.tested.deliver(created, event_id=event_id) is Outcome.HANDLED
    await bench.tested.deliver(published)
    assert await bench.tested.deliver(created, event_id=event_id) is Outcome.DUPLICATE
    await bench.tested.deliver(created)
    assert (await read(bench, created.task.id)).version == 2


async def test_a_newer_version_brings_its_rubric(bench: Any) -> None:
    created, published, *_ = a_life(bench)
    criteria = tuple(
        Criterion(name=name, weight=50, position=position) for name, position in (("Last", 1), ("First", 0))
    )
    await bench.tested.deliver(created)
    await bench.tested.deliver(TaskPublished(task=published.task.model_copy(update={"criteria": criteria})))
    rubric = (await read(bench, created.task.id)).rubric()
    assert [criterion.name for criterion in rubric] == ["First", "Last"]


async def test_what_a_mode_needs_of_its_task_is_known(bench: Any) -> None:
    suite = TestSuiteRef(key="suites/1", sha256="0" * 64, size_bytes=10, cases_count=1)
    wanted = {
        "eval_mode": EvalMode.HYBRID,
        "test_weight": 60,
        "llm_weight": 40,
        "eval_image": "judge:1",
        "eval_network": True,
        "eval_memory_mb": 2048,
        "eval_timeout_seconds": 900,
        "eval_callback_url": "https://judge.example/",
    }
    told = await bench.known_task(**wanted, test_suite=suite)
    task = await read(bench, told.id)
    assert {name: getattr(task, name) for name in wanted} == wanted
    assert task.stored_test_suite() == suite
