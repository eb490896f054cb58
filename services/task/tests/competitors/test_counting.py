"""How many compete in a task, as anybody may see it."""

import asyncio
from typing import Any
from uuid import UUID

from joust_contracts.events import SubmissionReceived
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.task.tests.posting import a_task_in, ask


def received(task: dict[str, Any], account_id: UUID) -> SubmissionReceived:
    ids = RandomIds()
    fields = {
        "id": ids.new(),
        "version": 1,
        "task_id": task["id"],
        "task_owner_id": task["owner_id"],
        "account_id": account_id,
        "agent_id": ids.new(),
        "agent_display_name": "Ada",
        "status": SubmissionStatus.RUNNING,
        "evaluated": False,
        "iteration": 1,
        "created_at": task["created_at"],
        "received_at": task["created_at"],
        "artifact": {"key": "k", "sha256": "0" * 64, "size_bytes": 1, "files_count": 1},
    }
    return SubmissionReceived(submission=SubmissionSnapshot.model_validate(fields))


async def count(tasks: ServiceUnderTest, task: dict[str, Any]) -> int:
    listed = await ask(tasks, an_actor(), "GET", "/public", params={"category": task["category"]})
    (shown,) = [each for each in listed.json()["data"] if each["id"] == task["id"]]
    return int(shown["competitor_count"])


async def test_each_account_is_counted_once_however_often_and_at_once_it_submits(
    tasks: ServiceUnderTest,
) -> None:
    task = await a_task_in(tasks, an_actor(), TaskStatus.OPEN, category=RandomIds().new().hex)
    assert await count(tasks, task) == 0
    accounts = [RandomIds().new() for _ in range(3)]
    events = [received(task, account) for account in accounts * 3]
    await asyncio.gather(*(tasks.deliver(event) for event in events))
    assert await count(tasks, task) == 3


async def test_the_public_list_shows_no_draft_and_nothing_that_is_over(tasks: ServiceUnderTest) -> None:
    category = RandomIds().new().hex
    for status in (TaskStatus.DRAFT, TaskStatus.EVALUATING, TaskStatus.CLOSED):
        await a_task_in(tasks, an_actor(), status, category=category)
    listed = await ask(tasks, an_actor(), "GET", "/public", params={"category": category})
    assert listed.json()["data"] == []
