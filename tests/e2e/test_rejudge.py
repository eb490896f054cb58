"""A whole task judged again over REST: after its judge changed, with the differences, and the board follows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx2
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.works import CARELESS, THOROUGH
from joust_embedded.stack import Stack
from services.evaluation.tests.judges.completions import completion
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.external_judge import claim, say

_PREFIX = "JOUST_EVALUATION_JUDGE_"
CRITERIA = [{"name": "Correctness", "weight": 100, "position": 0}]


def contrary(request: Request) -> Response:
    """A model that prefers careless work."""
    score = 90 if "use pandas" in request.get_data(as_text=True) else 20
    criterion = {"criterion_name": "Correctness", "score": score, "reasoning": "So it seems."}
    return completion({"criteria": [criterion], "summary": "As it seems."})


@contextmanager
def judged_by_a_model(stack: Stack, server: HTTPServer) -> Iterator[None]:
    """The stack's own judge is a model for the length of the block."""
    server.expect_request("/v1/chat/completions").respond_with_handler(contrary)
    names = {"MODEL": "openai:local-model", "BASE_URL": server.url_for("/v1"), "API_KEY": "sk-local"}
    variables: dict[str, str | None] = {f"{_PREFIX}{name}": value for name, value in names.items()}
    stack.restart(ServiceName.EVALUATION, variables)
    try:
        yield
    finally:
        stack.restart(ServiceName.EVALUATION, dict.fromkeys(variables))


async def rejudge(poster: Party, task_id: str) -> httpx2.Response:
    headers = {"Idempotency-Key": str(uuid4())}
    return await poster.http.post(f"/api/v1/tasks/{task_id}/rejudge", headers=headers)


async def judged_again(poster: Party, task_id: str) -> Json:
    """The rejudge once it is over."""
    path = f"/api/v1/tasks/{task_id}/rejudge"

    async def is_over() -> bool:
        return not (await poster.get(path))["is_running"]

    await eventually(is_over, seconds=60)
    return dict(await poster.get(path))


async def board_of(party: Party, task_id: str) -> list[float]:
    return [entry["finalScore"] for entry in (await party.leaderboard(task_id))["entries"]]


async def test_after_its_judge_changed_a_task_is_judged_again_and_the_board_follows(
    stack: Stack, arena: Arena, httpserver: HTTPServer
) -> None:
    poster, ada, bob = [await arena.sign_up(name) for name in ("Poster", "Ada", "Bob")]
    task_id = (await arena.open_task(poster, criteria=CRITERIA))["id"]
    offered = (await poster.get(f"/api/v1/tasks/{task_id}"))["next_actions"]
    assert "rejudge_task" in {each["action"] for each in offered}
    submitted = [
        (await submit_and_wait(party, task_id, work))["id"]
        for party, work in ((ada, THOROUGH), (bob, CARELESS))
    ]
    before = await board_of(poster, task_id)
    same = await rejudge(poster, task_id)
    assert (same.status_code, same.json()["error"]["code"]) == (409, "CONFLICT")
    with judged_by_a_model(stack, httpserver):
        begun = (await rejudge(poster, task_id)).raise_for_status()
        assert begun.status_code == 202
        over = await judged_again(poster, task_id)
        assert (over["number"], over["begun"], over["judged"], over["failed"]) == (1, 2, 2, 0)
        assert over["judge_version"]["model"] == "openai:local-model"
        differences = {each["submission_id"]: each for each in over["data"]}
        for id, score, new in zip(submitted, before, (20, 90), strict=True):
            each = differences[id]
            assert (each["before"], each["after"], each["delta"]) == (score, new, round(new - score, 2))
            assert each["judge_version_before"]["judge"] == "offline"
            assert each["judge_version_after"] == over["judge_version"]

        async def follows() -> bool:
            return await board_of(poster, task_id) == [90, 20]

        await eventually(follows)
        leader = (await bob.leaderboard(task_id))["entries"][0]
        assert leader["submissionId"] == submitted[1]
        assert (await rejudge(poster, task_id)).status_code == 409


async def test_a_task_that_its_poster_judges_is_judged_again_whenever_the_poster_wants(arena: Arena) -> None:
    poster, ada = [await arena.sign_up(name) for name in ("Poster", "Ada")]
    mode = {"eval_mode": "external", "eval_callback_url": "http://127.0.0.1:9/judge"}
    task_id = (await arena.open_task(poster, **mode))["id"]
    submission_id = (await ada.quick_submit(task_id, CARELESS))["id"]

    async def judge(score: float) -> None:
        claimed: list[Any] = []

        async def came() -> bool:
            claimed.append(await claim(poster, task_id))
            return claimed[-1] is not None

        await eventually(came)
        (await say(arena.url, claimed[-1], final_score=score)).raise_for_status()

    await judge(40)

    async def accepted() -> bool:
        return (await rejudge(poster, task_id)).status_code == 202

    await eventually(accepted)
    await judge(70)
    (changed,) = (await judged_again(poster, task_id))["data"]
    assert (changed["submission_id"], changed["delta"]) == (submission_id, 30)
    versions = changed["judge_version_before"], changed["judge_version_after"]
    assert versions[0] == versions[1]
    assert versions[0]["mode"] == "external"
    assert versions[0]["judge"].startswith("external ")
    listed = (await ada.get(f"/api/v1/submissions/{submission_id}/evaluations"))["data"]
    assert [each["judge_version"] for each in listed] == list(versions)
    assert "127.0.0.1:9" not in json.dumps(listed)

    async def follows() -> bool:
        return await board_of(poster, task_id) == [70]

    await eventually(follows)
