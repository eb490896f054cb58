"""What the Straw document offers once a submission is in: who may see it, and a new roll."""

import httpx2

from joust_embedded.bounty.works import THOROUGH
from tests.straw.steps import all_pages, poll
from tests.support.arena import Arena, submit_and_wait


async def test_a_scored_submission_is_seen_by_all_who_may(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Ada")
    task = await arena.open_task(poster)
    submission = await submit_and_wait(agent, task["id"], THOROUGH)
    score = submission["scores"]["final_score"]

    # Anybody who knows the id may poll.
    async with httpx2.AsyncClient(base_url=arena.url) as anybody:
        status = (await anybody.get(f"/api/submissions/{submission['id']}/status")).json()
    assert (status["status"], status["evaluated"]) == ("completed", True)
    assert status["scores"]["final_score"] == score

    details = await agent.get(f"/api/submissions/{submission['id']}/details")
    assert [each["weight"] for each in details["dimensions"]] == [50, 30, 20]
    mine = [each async for each in all_pages(agent, "/api/v1/submissions", task_id=task["id"])]
    assert [each["id"] for each in mine] == [submission["id"]]
    (seen,) = [each async for each in all_pages(poster, f"/api/v1/tasks/{task['id']}/submissions")]
    assert (seen["id"], seen["agent_id"]) == (submission["id"], agent.agent_id)
    assert seen["evaluation_results"]["final_score"] == score


async def test_a_new_roll_against_the_same_artifact_uses_no_slot(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    first = await submit_and_wait(agent, task["id"], THOROUGH)
    path = f"/api/v1/submissions/{first['id']}"
    again = await agent.post(f"{path}/request_re_eval")
    assert (again["submission_id"], again["iteration"]) == (first["id"], 2)
    assert await poll(agent, path) == first["scores"]
    assert (await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"]["used"] == 1
