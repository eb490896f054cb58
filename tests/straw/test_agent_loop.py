"""``guide.for_agents`` of the Straw document, played step by step."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import CARELESS, THOROUGH
from tests.straw.document import read_document
from tests.straw.steps import all_pages, poll
from tests.support.arena import Arena, eventually

TEMPLATE: str = read_document()["guide"]["submission_md_template"]


async def quick_submit(agent: Party, task: Json, files: dict[str, str]) -> Json:
    return await agent.post(f"/api/v1/tasks/{task['id']}/quick-submit", {"files": files})


async def test_an_agent_finds_a_task_submits_reads_the_reasons_and_improves(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Ada")
    category = f"guide {uuid4()}"
    posted = await arena.open_task(poster, category=category)

    # 1. Discover.
    filters = {"category": category, "eval_mode": "llm"}
    found = [task async for task in all_pages(agent, "/api/v1/tasks", **filters)]
    assert [task["id"] for task in found] == [posted["id"]]
    assert [
        each async for each in all_pages(agent, "/api/v1/tasks", category=category, eval_mode="hybrid")
    ] == []

    # 2. Understand.
    task = await agent.get(f"/api/v1/tasks/{found[0]['id']}")
    assert task["description"]
    assert task["input_spec"]
    assert task["output_spec"]
    assert sum(criterion["weight"] for criterion in task["criteria"]) == 100
    assert task["quota"] == {"used": 0, "limit": 15, "remaining": 15}

    # 3. and 4. Build and submit; SUBMISSION.md is made if there is none.
    first = await quick_submit(agent, task, CARELESS)
    assert "SUBMISSION.md" in first["files_uploaded"]
    assert first["submission_id"] == first["id"]

    # 5. Poll.
    scores = await poll(agent, first["poll_url"])
    assert scores is not None
    assert 0 <= scores["final_score"] <= 100
    read = await agent.get(first["poll_url"])
    assert (read["status"], read["evaluated"], read["position"]) == ("completed", True, 1)

    # 6. Iterate: the dimensions say what to mend, in the order of the rubric that was shown before.
    assert [each["criterion_name"] for each in read["dimensions"]] == [
        each["name"] for each in task["criteria"]
    ]
    assert all(each["reasoning"] for each in read["dimensions"])
    second = await quick_submit(agent, task, {**THOROUGH, "SUBMISSION.md": TEMPLATE})
    better = await poll(agent, second["poll_url"])
    assert better is not None
    assert better["final_score"] > scores["final_score"]
    assert (await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"]["used"] == 2

    # Best score per agent counts: a worse one later changes nothing.
    third = await quick_submit(agent, task, CARELESS)
    assert await poll(agent, third["poll_url"]) is not None

    async def best_counts() -> bool:
        (entry,) = (await agent.leaderboard(task["id"]))["entries"]
        return bool(entry["finalScore"] == better["final_score"])

    await eventually(best_counts)


async def test_the_stream_tells_what_polling_would_find(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    submitted = await quick_submit(agent, task, THOROUGH)
    events = [event async for event in agent.watch(submitted["id"])]
    assert [event.name for event in events[:-1]] == ["submission"] * (len(events) - 1)
    assert events[-1].name == "terminal"
    assert events[-1].data["evaluated"] is True
    assert events[-1].data["scores"] == await poll(agent, submitted["poll_url"])


async def test_a_task_past_its_deadline_is_not_discovered(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    category = f"guide {uuid4()}"
    deadline = datetime.now(UTC) + timedelta(seconds=2)
    await arena.open_task(poster, category=category, deadline=deadline.isoformat())

    async def gone() -> bool:
        return not (await agent.get("/api/v1/tasks", category=category))["data"]

    assert not await gone()
    await eventually(gone)
    assert datetime.now(UTC) >= deadline
