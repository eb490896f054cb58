"""What the service knows of tasks does not depend on the order in which it hears of them."""

import asyncio
from collections.abc import Sequence
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.events import TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_contracts.events.tasks import TaskEvent
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database import freshness
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_submission.tasks import repository
from services.submission.tests.conftest import Arena, stale


async def known(arena: Arena, task_id: UUID) -> dict[str, Any]:
    async with arena.service.database.reading() as session:
        task = await repository.find(session, task_id)
    assert task is not None
    return dict(task.model_dump())


def life_of_a_task(arena: Arena) -> list[TaskEvent]:
    task = arena.a_task()
    steps: Sequence[tuple[type[TaskEvent], TaskStatus]] = (
        (TaskCreated, TaskStatus.DRAFT),
        (TaskPublished, TaskStatus.OPEN),
        (TaskDeadlinePassed, TaskStatus.EVALUATING),
        (TaskClosed, TaskStatus.CLOSED),
    )
    return [
        kind(task=task.model_copy(update={"version": version, "status": status}))
        for version, (kind, status) in enumerate(steps, start=1)
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_any_order_of_a_tasks_events_ends_in_the_same_state(
    arena: Arena, order: tuple[int, ...]
) -> None:
    events = life_of_a_task(arena)
    for index in order:
        await arena.service.deliver(events[index])
    last = events[-1].task
    assert await known(arena, last.id) == {
        "id": last.id,
        "version": 4,
        "owner_id": last.owner_id,
        "status": TaskStatus.CLOSED,
        "eval_mode": last.eval_mode,
        "deadline": last.deadline,
        "max_submissions_per_agent": 15,
    }


async def test_all_events_at_once_end_in_the_same_state(arena: Arena) -> None:
    events = life_of_a_task(arena)
    await asyncio.gather(*(arena.service.deliver(each) for each in [*events, *events]))
    assert (await known(arena, events[0].task.id))["version"] == 4


async def test_what_comes_late_is_dropped_and_counted(arena: Arena) -> None:
    created, published, *_ = life_of_a_task(arena)
    await arena.service.deliver(published)
    dropped = stale(TaskCreated.wire_type())
    await arena.service.deliver(created)
    assert (await known(arena, created.task.id))["version"] == 2
    assert stale(TaskCreated.wire_type()) == dropped + 1


async def test_a_submission_waits_for_the_publication_that_its_caller_has_seen(arena: Arena) -> None:
    task, agent = arena.a_task(), an_actor()
    after = {"Joust-After": f"{task.id}:{task.version}"}
    submitting = asyncio.create_task(arena.submit(agent, task.id, headers=after))
    asking = asyncio.create_task(arena.get(agent, f"/internal/tasks/{task.id}/quota", **after))
    await asyncio.wait({submitting, asking}, timeout=0.05)
    assert not submitting.done()
    assert not asking.done()
    await arena.service.deliver(TaskPublished(task=task))
    assert (await submitting).status_code == 201
    assert (await asking).status_code == 200


async def test_news_that_do_not_come_are_a_503_not_a_refusal(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def impatient(known_version: Any, wanted: int | None) -> None:
        await freshness.wait_for_version(known_version, wanted, timeout_seconds=0.01)

    monkeypatch.setattr("joust_submission.tasks.queries.wait_for_version", impatient)
    task_id = RandomIds().new()
    answer = await arena.submit(an_actor(), task_id, headers={"Joust-After": f"{task_id}:2"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"


async def test_a_malformed_expectation_is_a_400(arena: Arena) -> None:
    answer = await arena.submit(an_actor(), RandomIds().new(), headers={"Joust-After": "soon"})
    assert answer.status_code == 400
