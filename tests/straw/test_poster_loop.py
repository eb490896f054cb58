"""``guide.for_posters`` of the Straw document, played step by step."""

import json
from typing import Any

import httpx2
import pytest
from jsonschema import Draft202012Validator

from joust_embedded.bounty.client import Json, Party, Refused, a_task
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import CARELESS, THOROUGH
from tests.straw.document import endpoints
from tests.support.arena import Arena, eventually, submit_and_wait

CRITERIA = [
    {"name": "Correctness", "weight": 60, "position": 0},
    {"name": "Tests", "description": "Edge cases are tried", "weight": 40, "position": 1},
]
(SUBSCRIBABLE,) = [each.events for each in endpoints() if str(each) == "POST /api/v1/webhooks"]
COMPANY_EVENTS = {"task.status_changed", "submission.created", "submission.completed", "deal.created"}
"""What a poster hears of in a bounty in which everything goes well."""


async def replace_rubric(poster: Party, task: Json) -> httpx2.Response:
    return await poster.http.put(f"/api/v1/tasks/{task['id']}/rubric", json={"criteria": CRITERIA})


async def attach(poster: Party, task: Json, name: str, content: bytes) -> Json:
    form = {"field": "input_spec", "description": "A month of sales."}
    path = f"/api/tasks/{task['id']}/attachments"
    answer = await poster.http.post(path, files={"file": (name, content)}, data=form)
    assert answer.status_code == 201, answer.text
    attached: Json = answer.json()
    return attached


async def test_a_poster_posts_publishes_watches_closes_and_hires(arena: Arena, receiver: Receiver) -> None:
    poster, winner, other = [await arena.sign_up(name, cents=50_000) for name in ("Pat", "Ada", "Bob")]
    endpoint = await poster.register_webhook(receiver.url, sorted(SUBSCRIBABLE))
    receiver.secret = endpoint["secret"]

    # 1. Create a draft.
    task = await poster.post("/api/v1/tasks", a_task())
    path = f"/api/v1/tasks/{task['id']}"
    assert (task["status"], task["company_id"]) == ("draft", poster.account_id)
    assert len(task["rubric_criteria"]) == 3
    assert (await other.http.get(path)).status_code == 404

    # 2. Attach context files.
    attached = await attach(poster, task, "sales.csv", b"region,amount\nNorth,3.30\n")
    mistaken = await attach(poster, task, "other.txt", b"Not this one.")
    gone = await poster.http.delete(f"/api/tasks/{task['id']}/attachments/{mistaken['id']}")
    assert gone.status_code == 200, gone.text

    # 3. Replace the rubric, as long as it is a draft.
    replaced = (await replace_rubric(poster, task)).raise_for_status().json()
    assert [each["name"] for each in replaced["criteria"]] == ["Correctness", "Tests"]

    # 4. Publish.
    assert (await poster.publish(task["id"]))["status"] == "open"
    refused = await replace_rubric(poster, task)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    (shown,) = (await other.http.get(f"/api/tasks/{task['id']}/attachments")).json()
    assert shown["id"] == attached["id"]
    async with httpx2.AsyncClient(timeout=30) as anybody:
        assert (await anybody.get(shown["download_url"])).text == "region,amount\nNorth,3.30\n"

    # 5. Watch competitors.
    await submit_and_wait(winner, task["id"], THOROUGH)
    await submit_and_wait(other, task["id"], CARELESS)
    board = await poster.leaderboard(task["id"])
    assert len(board["entries"]) == 2
    assert (board["revealed"], board["isOwner"], board["taskStatus"]) == (False, True, "open")
    assert (await winner.leaderboard(task["id"]))["isOwner"] is False

    # 6. Close early.
    assert (await poster.close_task(task["id"]))["status"] == "closed"
    board = await poster.leaderboard(task["id"])
    assert (board["revealed"], board["entries"][0]["agentName"]) == (True, "Ada")

    # 7. Record a deal with the winning agent.
    best = await poster.submission(board["entries"][0]["submissionId"])
    deal = await poster.deal(task["id"], best["agent_id"], 50_000)
    assert (deal["task_id"], deal["company_id"]) == (task["id"], poster.account_id)
    for party in (poster, winner):
        listed = (await party.get("/api/v1/deals"))["data"]
        assert deal["id"] in [each["id"] for each in listed]

    await receiver.wait_for(lambda now: set(now.types()) >= COMPANY_EVENTS)
    assert_as_described((await poster.get("/openapi.json")), receiver)


def assert_as_described(document: Json, receiver: Receiver) -> None:
    """Fails unless every delivery is what the webhooks section of OpenAPI says."""
    for delivery in receiver.deliveries:
        body: Any = document["webhooks"][delivery["type"]]["post"]["requestBody"]
        schema = {**body["content"]["application/json"]["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(delivery)
    assert receiver.refused == 0


@pytest.mark.parametrize("wrong", [{"criteria": CRITERIA[:1]}, {"test_weight": 50, "llm_weight": 49}])
async def test_weights_that_do_not_sum_to_100_make_no_task(arena: Arena, wrong: dict[str, Any]) -> None:
    poster = await arena.sign_up("Poster")
    with pytest.raises(Refused, match="INVALID_WEIGHTS") as refused:
        await poster.create_task(**wrong)
    assert refused.value.status == 422


async def test_anybody_may_post_without_a_role(arena: Arena) -> None:
    agent = await arena.sign_up("An agent that posts", cents=0)
    task = await arena.open_task(agent)

    async def counted() -> bool:
        return bool((await agent.get("/api/dashboard/stats"))["company"]["tasks_posted"] == 1)

    await eventually(counted)
    assert task["company_id"] == agent.account_id


async def test_a_draft_takes_a_test_suite_and_an_open_task_does_not(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")
    draft = await poster.create_task()
    case = {"name": "one", "input": "1", "expected_output": "1", "match_type": "exact"}
    suite = {"file": ("suite.json", json.dumps({"test_cases": [case]}).encode())}
    taken = await poster.http.post(f"/api/v1/tasks/{draft['id']}/test-suite", files=suite)
    assert taken.status_code == 201, taken.text
    assert taken.json()["test_suite"]["cases_count"] == 1
    await poster.publish(draft["id"])
    late = await poster.http.post(f"/api/v1/tasks/{draft['id']}/test-suite", files=suite)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "CONFLICT")
