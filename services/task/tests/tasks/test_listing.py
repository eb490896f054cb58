"""The list of open tasks, with a key and without: which are in it, in which order, page by page."""

from datetime import timedelta
from typing import Any

import pytest

from joust_contracts.vocabulary import TaskStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.task.tests.posting import a_task_in, ask

EXTERNAL = {"eval_mode": "external", "eval_callback_url": "https://example.com/judge"}


@pytest.fixture(params=["", "/public"], ids=["with a key", "public"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def category() -> str:
    """One that no other test uses."""
    return RandomIds().new().hex


async def page(tasks: ServiceUnderTest, path: str, **params: Any) -> dict[str, Any]:
    answer = await ask(tasks, an_actor(), "GET", path, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(tasks: ServiceUnderTest, path: str, **params: Any) -> list[str]:
    return [task["id"] for task in (await page(tasks, path, **params))["data"]]


async def posted(tasks: ServiceUnderTest, category: str, **fields: Any) -> str:
    return str((await a_task_in(tasks, an_actor(), TaskStatus.OPEN, category=category, **fields))["id"])


async def test_what_takes_submissions_is_listed_newest_first(
    tasks: ServiceUnderTest, path: str, category: str
) -> None:
    for status in (TaskStatus.DRAFT, TaskStatus.EVALUATING, TaskStatus.CLOSED):
        await a_task_in(tasks, an_actor(), status, category=category)
    made = [await posted(tasks, category) for _ in range(3)]
    assert await listed(tasks, path, category=category) == made[::-1]
    with tasks.clock.ahead(timedelta(days=2)):
        assert await listed(tasks, path, category=category) == [], "the clock decides before the timer"


async def test_category_and_mode_narrow_the_list(tasks: ServiceUnderTest, path: str, category: str) -> None:
    judged, external = await posted(tasks, category), await posted(tasks, category, **EXTERNAL)
    assert await listed(tasks, path, category=category, eval_mode="llm") == [judged]
    assert await listed(tasks, path, category=category, eval_mode="external") == [external]
    assert await listed(tasks, path, category=category, eval_mode="hybrid") == []
    assert await listed(tasks, path, category=f"not {category}") == []


async def test_pages_join_without_gap_or_repetition_while_tasks_come(
    tasks: ServiceUnderTest, path: str, category: str
) -> None:
    made = [await posted(tasks, category) for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        read = await page(tasks, path, category=category, limit=2, **cursor)
        seen += [task["id"] for task in read["data"]]
        if read["next_cursor"] is None:
            break
        cursor = {"cursor": read["next_cursor"]}
        await posted(tasks, category)
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "params",
    [{"limit": 0}, {"limit": 101}, {"cursor": "x"}, {"eval_mode": "dice"}, {"order": "newest"}],
    ids=str,
)
async def test_a_list_that_is_asked_for_wrongly_is_refused(
    tasks: ServiceUnderTest, path: str, params: dict[str, Any]
) -> None:
    refused = await ask(tasks, an_actor(), "GET", path, params=params)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
