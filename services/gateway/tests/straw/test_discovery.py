"""Finding tasks in the Straw dialect."""

import pytest

from joust_contracts.internal.common import Page
from joust_contracts.internal.tasks import FoundTask, PublicTask
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_task, new_id

PUBLIC_FIELDS = {
    *("id", "title", "description", "category", "budget_cents", "deadline", "status", "eval_mode"),
    *("competitor_count", "created_at"),
}
FOUND_FIELDS = {
    *("id", "title", "description", "category", "status", "budget_cents", "deadline", "eval_mode"),
    *("created_at", "rank"),
}


async def test_open_tasks_are_listed_without_a_key(agent: Party, services: FakeServices) -> None:
    task = PublicTask(competitor_count=3, **a_task(new_id()).model_dump())
    services.answer("task GET /internal/tasks/public", Page[PublicTask](data=(task,), next_cursor="abc"))
    answer = await agent.http.get("/api/public/tasks?category=code&limit=1")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()["data"][0]) == PUBLIC_FIELDS
    assert answer.json()["data"][0]["competitor_count"] == 3
    assert answer.json()["pagination"] == {"has_more": True, "next_cursor": "abc"}
    assert services.asked[0].query == {"category": "code", "limit": "1"}


async def test_a_search_has_the_documented_page(agent: Party, services: FakeServices) -> None:
    task = FoundTask(rank=0.5, **a_task(new_id()).model_dump())
    services.answer("task GET /internal/search/tasks", Page[FoundTask](data=(task,), next_cursor="a|b"))
    params = {"query": '"two words"', "status": "closed", "category": "code", "limit": "1", "cursor": "c|d"}
    answer = await agent.ask("GET", "/api/v1/search/tasks", params=params)
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert set(page["data"][0]) == FOUND_FIELDS
    assert (page["has_more"], page["next_cursor"]) == (True, "a|b")
    assert services.asked[0].query == params


@pytest.mark.parametrize("query", ["", "query=", "query=a&limit=51", "query=a&status=draft", "query=%00"])
async def test_a_search_that_is_asked_for_wrongly_is_refused(agent: Party, query: str) -> None:
    answer = await agent.ask("GET", f"/api/v1/search/tasks?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
