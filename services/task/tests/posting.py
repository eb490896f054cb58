"""Tasks over the internal API, as the gateway asks for them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest


def a_task(**changes: Any) -> dict[str, Any]:
    """A valid request for a draft."""
    return {
        "title": "Summarise the log",
        "category": "code",
        "test_weight": 0,
        "llm_weight": 100,
        "budget_cents": 50_000,
        "deadline": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
        "criteria": [
            {"name": "Correctness", "weight": 70, "position": 0},
            {"name": "Clarity", "weight": 30, "position": 1},
        ],
        **changes,
    }


async def create(tasks: ServiceUnderTest, actor: Actor, **changes: Any) -> dict[str, Any]:
    """A draft of the actor."""
    answer = await tasks.http.post("/internal/tasks", json=a_task(**changes), headers=tasks.as_actor(actor))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def move(tasks: ServiceUnderTest, actor: Actor, task_id: str, step: str) -> httpx2.Response:
    """Ask for a step: ``publish`` or ``close``."""
    return await tasks.http.post(f"/internal/tasks/{task_id}/{step}", headers=tasks.as_actor(actor))


async def ask(
    tasks: ServiceUnderTest, actor: Actor, method: str, path: str, json: Any = None, **options: Any
) -> httpx2.Response:
    """Any request about tasks."""
    headers = {**tasks.as_actor(actor), **options.pop("headers", {})}
    return await tasks.http.request(method, f"/internal/tasks{path}", json=json, headers=headers, **options)


async def a_task_in(
    tasks: ServiceUnderTest, actor: Actor, status: TaskStatus, **changes: Any
) -> dict[str, Any]:
    """A task of the actor that went all the way to a status."""
    task = await create(tasks, actor, **changes)
    if status is not TaskStatus.DRAFT:
        assert (await move(tasks, actor, task["id"], "publish")).status_code == 200
    if status is TaskStatus.EVALUATING:
        with tasks.clock.ahead(timedelta(days=3)):
            await tasks.run_jobs("pass_deadline", also_future=True)
    if status is TaskStatus.CLOSED:
        assert (await move(tasks, actor, task["id"], "close")).status_code == 200
    read = (await ask(tasks, actor, "GET", f"/{task['id']}")).json()
    assert read["status"] == status
    return dict(read)
