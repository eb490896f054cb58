"""Finding tasks by words: what fits, in which order, page by page, and by which way."""

from typing import Any

import httpx2
import pytest

from joust_contracts.vocabulary import TaskStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.search import repository
from services.task.tests.posting import a_task_in, create


async def search(tasks: ServiceUnderTest, query: str, **params: Any) -> httpx2.Response:
    headers = tasks.as_actor(an_actor())
    return await tasks.http.get("/internal/search/tasks", params={"query": query, **params}, headers=headers)


async def found(tasks: ServiceUnderTest, query: str, **params: Any) -> list[str]:
    answer = await search(tasks, query, **params)
    assert answer.status_code == 200, answer.text
    return [task["id"] for task in answer.json()["data"]]


async def published(tasks: ServiceUnderTest, status: TaskStatus = TaskStatus.OPEN, **fields: Any) -> str:
    return str((await a_task_in(tasks, an_actor(), status, **fields))["id"])


@pytest.fixture(params=["walk", "index"])
def word(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A word of the test's own; both ways to a page are tried with every test."""
    if request.param == "index":
        monkeypatch.setattr(repository, "WINDOW", 1)
    return f"w{RandomIds().new().hex}"


async def test_each_part_of_a_task_is_searched_and_weighted(tasks: ServiceUnderTest, word: str) -> None:
    parts = ["title", "category", "description", "input_spec"]
    made = {part: await published(tasks, **{part: f"some {word} thing"}) for part in parts}
    answer = await search(tasks, word)
    ranks = {task["id"]: task["rank"] for task in answer.json()["data"]}
    assert set(ranks) == set(made.values())
    assert sorted(parts, key=lambda part: -ranks[made[part]]) == parts


async def test_the_newest_come_first(tasks: ServiceUnderTest, word: str) -> None:
    made = [await published(tasks, title=f"{word} {number}") for number in range(4)]
    assert await found(tasks, word) == made[::-1]


async def test_quoted_phrases_alternatives_and_exclusions_are_understood(
    tasks: ServiceUnderTest, word: str
) -> None:
    phrase = await published(tasks, title=f"{word} streaming pipeline")
    apart = await published(tasks, title=f"{word} pipeline for streaming")
    other = await published(tasks, title=f"{word} batch")
    assert await found(tasks, f'{word} "streaming pipeline"') == [phrase]
    assert await found(tasks, f"{word} streams pipelines") == [apart, phrase]
    assert await found(tasks, f"{word} streaming OR {word} batch") == [other, apart, phrase]
    assert await found(tasks, f"{word} -streaming") == [other]


async def test_drafts_are_never_found_and_every_other_status_is(tasks: ServiceUnderTest, word: str) -> None:
    await create(tasks, an_actor(), title=word)
    # The open one last: passing a deadline passes those of all open tasks.
    statuses = (TaskStatus.EVALUATING, TaskStatus.CLOSED, TaskStatus.OPEN)
    made = {status: await published(tasks, status, title=word) for status in statuses}
    assert set(await found(tasks, word)) == set(made.values())
    assert set(await found(tasks, word, status="any")) == set(made.values())
    for status, id in made.items():
        assert await found(tasks, word, status=status.value) == [id]


async def test_a_category_narrows_the_search(tasks: ServiceUnderTest, word: str) -> None:
    wanted = await published(tasks, title=word, category=f"c{word}")
    await published(tasks, title=word, category="other")
    assert await found(tasks, word, category=f"c{word}") == [wanted]


async def test_pages_follow_each_other_without_gap_or_repetition(tasks: ServiceUnderTest, word: str) -> None:
    made = [await published(tasks, title=f"{word} {number}") for number in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await search(tasks, word, limit=2, **cursor)).json()
        seen += [task["id"] for task in page["data"]]
        if page["next_cursor"] is None:
            break
        last = page["data"][-1]
        assert page["next_cursor"] == f"{last['created_at']}|{last['id']}"
        cursor = {"cursor": page["next_cursor"]}
        await published(tasks, title=f"{word} newer than the first page")
    assert seen == made[::-1]


async def test_a_change_of_the_text_is_found_at_once(tasks: ServiceUnderTest, word: str) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    headers = tasks.as_actor(owner)
    await tasks.http.patch(f"/internal/tasks/{task['id']}", json={"title": word}, headers=headers)
    await tasks.http.post(f"/internal/tasks/{task['id']}/publish", headers=headers)
    assert await found(tasks, word) == [task["id"]]


async def test_words_that_say_nothing_find_nothing(tasks: ServiceUnderTest, word: str) -> None:
    await published(tasks, title="the of and")
    answer = (await search(tasks, "the of")).json()
    assert answer == {"data": [], "next_cursor": None}


async def test_exclusions_alone_go_through_all_tasks_page_by_page(tasks: ServiceUnderTest, word: str) -> None:
    wanted = await published(tasks, category=word)
    for _ in range(3):
        await published(tasks, category=word, title="elephants")
    seen, params = [], {}
    while True:
        page = (await search(tasks, "-elephants", category=word, **params)).json()
        seen += [task["id"] for task in page["data"]]
        if page["next_cursor"] is None:
            break
        params = {"cursor": page["next_cursor"]}
    assert seen == [wanted]


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        "a & | ! b",
        ":*",
        "\\",
        "%",
        "(((((",
        "-",
        "OR",
        "a" * 500,
        "\u00e9\u4e2d\U0001f600",
        "--",
        "<->",
    ],
)
async def test_whatever_is_asked_is_answered(tasks: ServiceUnderTest, query: str) -> None:
    assert (await search(tasks, query)).status_code == 200


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": "a" * 501}, "query"),
        ({"query": "a\x00b"}, "query"),
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"status": "draft"}, "status"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "2026-11-22T19:28:32|0190f5fe-7c00-7a00-8000-000000000010"}, "cursor"),
        ({"cursor": "2026-11-22T19:28:32Z|x"}, "cursor"),
        ({"cursor": "9999-12-31T23:59:59-23:00|0190f5fe-7c00-7a00-8000-000000000010"}, "cursor"),
        ({"cursor": "2026-11-22T19:28:32.000Z"}, "cursor"),
        ({"order": "rank"}, "order"),
    ],
)
async def test_a_search_that_is_asked_for_wrongly_is_refused(
    tasks: ServiceUnderTest, params: dict[str, Any], field: str
) -> None:
    refused = await search(tasks, **{"query": "a", **params})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert field in refused.json()["error"]["details"]
