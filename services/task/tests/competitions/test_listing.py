"""The public list, its filters and pages, and the list of one's own."""

from typing import Any
from uuid import uuid4

import pytest

from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor
from services.task.tests.competitions.contest import Contest, held


async def listed(contest: Contest, actor: Actor | None = None, own: str = "", **params: Any) -> list[str]:
    """Ids in order, of all pages."""
    ids: list[str] = []
    while True:
        query = "&".join(f"{name}={value}" for name, value in params.items())
        answer = await contest.ask(actor or an_actor(), "GET", f"{own}?{query}")
        assert answer.status_code == 200, answer.text
        ids += [each["id"] for each in answer.json()["data"]]
        if (cursor := answer.json()["next_cursor"]) is None:
            return ids
        params["cursor"] = cursor


async def test_published_ones_are_listed_newest_first_in_pages_and_drafts_never(contest: Contest) -> None:
    tag = uuid4().hex
    owner = an_actor()
    opened = [(await contest.opened(owner, tags=[tag]))["id"] for _ in range(5)]
    draft = (await contest.draft(owner, tags=[tag]))["id"]
    assert await listed(contest, tag=tag, limit=2) == opened[::-1]
    assert await listed(contest, owner, "/own", tag=tag, limit=4) == [draft, *opened[::-1]]
    assert await listed(contest, an_actor(), "/own", tag=tag) == []


async def test_filters_narrow_the_list(contest: Contest) -> None:
    tag, word = uuid4().hex, f"quokka{uuid4().hex[:8]}"
    first = await contest.opened(an_actor(), tags=[tag, "Logo"], prize_cents=100)
    second = await contest.opened(an_actor(), tags=[tag], title=f"A {word} for the zoo", prize_cents=900)
    await contest.tasks.deliver(held(second))
    for params, expected in (
        ({"tag": tag.upper()}, [second, first]),
        ({"tag": "logo"}, [first]),
        ({"q": word}, [second]),
        ({"q": f"-{word}"}, [first]),
        ({"min_prize": 101}, [second]),
        ({"funded": "true"}, [second]),
        ({"funded": "false"}, [first]),
        ({"status": "open"}, [second, first]),
        ({"status": "expired"}, []),
    ):
        found = await listed(contest, **({"tag": tag} | params))
        wanted = [each["id"] for each in expected]
        assert [id for id in found if id in {first["id"], second["id"]}] == wanted, params


@pytest.mark.parametrize("query", ["status=draft", "cursor=x", "limit=0", "q=", "min_prize=-1", "owner=me"])
async def test_a_filter_that_is_not_valid_is_named(contest: Contest, query: str) -> None:
    answer = await contest.ask(an_actor(), "GET", f"?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert query.partition("=")[0] in answer.json()["error"]["details"]
