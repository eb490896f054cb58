"""Time tells nothing: what is hidden and what is absent take the same statements, and get the same answer.

Statements are counted where the decision is made, in the service that owns the object, because a clock on a busy
machine would tell nothing either.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from sqlalchemy import event

from joust_contracts.events import TaskPublished
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.internal.tasks import TaskView
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import TaskStatus
from joust_embedded.bounty.client import a_task
from joust_embedded.bounty.works import DECENT
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


class Outcome(NamedTuple):
    """An answer, and what was asked of the database for it."""

    status: int
    text: str
    statements: list[str]


@contextmanager
def statements_of(service: ServiceUnderTest) -> Iterator[list[str]]:
    """What the service asks of its database within the block."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    engine = service.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def outcome(service: ServiceUnderTest, method: str, path: str, id: str) -> Outcome:
    """What a stranger gets."""
    headers = service.as_actor(an_actor("stranger"))
    with statements_of(service) as seen:
        answer = await service.http.request(method, path.format(id), headers=headers)
    return Outcome(answer.status_code, answer.text.replace(id, "{id}"), seen)


async def assert_looks_absent(service: ServiceUnderTest, method: str, path: str, id: str) -> None:
    """Fails unless a stranger can't tell the object from one that was never there."""
    hidden = await outcome(service, method, path, id)
    absent = await outcome(service, method, path, str(RandomIds().new()))
    assert hidden == absent
    assert hidden.status == 404
    assert hidden.statements


@pytest.fixture
async def tasks(open_service: OpenService) -> ServiceUnderTest:
    return await open_service(ServiceName.TASK)


async def a_draft(tasks: ServiceUnderTest) -> TaskView:
    body = {**a_task(), "eval_mode": "llm", "max_submissions_per_agent": 15}
    headers = tasks.as_actor(an_actor("poster"))
    answer = await tasks.http.post("/internal/tasks", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return TaskView.model_validate(answer.json())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/internal/tasks/{}"),
        ("POST", "/internal/tasks/{}/publish"),
        ("POST", "/internal/tasks/{}/close"),
    ],
)
async def test_a_strangers_draft_looks_absent(tasks: ServiceUnderTest, method: str, path: str) -> None:
    draft = await a_draft(tasks)
    await assert_looks_absent(tasks, method, path, str(draft.id))


async def test_a_rivals_submission_looks_absent(tasks: ServiceUnderTest, open_service: OpenService) -> None:
    submissions = await open_service(ServiceName.SUBMISSION)
    task = opened(await a_draft(tasks))
    await submissions.deliver(TaskPublished(task=task))
    headers = submissions.as_actor(an_actor("agent"))
    path = f"/internal/tasks/{task.id}/quick-submissions"
    answer = await submissions.http.post(path, json={"files": DECENT}, headers=headers)
    assert answer.status_code == 201, answer.text
    id = answer.json()["submission"]["id"]
    await assert_looks_absent(submissions, "GET", "/internal/submissions/{}", id)


def opened(draft: TaskView) -> TaskSnapshot:
    """The draft as it is once it was published."""
    published_at: datetime = draft.created_at + timedelta(seconds=1)
    changes = {"status": TaskStatus.OPEN, "version": 2, "published_at": published_at}
    return TaskSnapshot.model_validate({**draft.model_dump(), **changes})
