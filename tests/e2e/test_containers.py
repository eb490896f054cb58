"""Modes container and hybrid over public REST, on a real engine. Skipped, visibly, where there is none."""

import asyncio
import signal
from typing import Any

import pytest

from joust_embedded.bounty.client import Party, Refused
from joust_embedded.bounty.works import THOROUGH
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually, scored
from tests.support.artifacts import zipped
from tests.support.containers import ENGINE_URL, build_image, engine_answers, provide_base
from tests.support.distant import DistantStack

pytestmark = pytest.mark.skipif(not engine_answers(), reason=f"no container engine answers at {ENGINE_URL}")

IMAGE = "joust-e2e-judge:1"
JUDGE = """
import json, pathlib, time
text = pathlib.Path('/submission/answer.txt').read_text()
print('judging', text)
time.sleep(4 if 'slow' in text else 0)
score = {'score': 100 if '42' in text else 10, 'breakdown': {'answer': text}, 'message': 'Compared with 42.'}
pathlib.Path('/output/score.json').write_text(json.dumps(score))
"""
DOCKERFILE = 'FROM python:3.13-slim\nCOPY judge.py /judge.py\nCMD ["python3", "/judge.py"]\n'


@pytest.fixture(scope="module")
async def image(stack: Stack) -> str:
    """A poster's image."""
    if isinstance(stack, DistantStack):
        pytest.skip("this stack has no container engine of its own")
    await provide_base()
    await build_image(IMAGE, {"Dockerfile": DOCKERFILE, "judge.py": JUDGE})
    return IMAGE


async def a_task(arena: Arena, poster: Party, image: str, **fields: Any) -> Any:
    values = {"eval_mode": "container", "eval_image": image, "eval_memory_mb": 512, **fields}
    return await arena.open_task(poster, **values)


async def test_posters_images_judge_alone_or_with_the_rubrics_judge(arena: Arena, image: str) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Ada")
    weights = {"test_weight": 60, "llm_weight": 40}
    task = await a_task(arena, poster, image)
    hybrid = await a_task(arena, poster, image, eval_mode="hybrid", **weights)
    submitted = [
        await agent.quick_submit(task["id"], {"answer.txt": "42"}),
        await agent.quick_submit(hybrid["id"], {"answer.txt": "41"}),
    ]
    by_image, by_both = [await scored(agent, each["id"], seconds=120) for each in submitted]

    assert by_image["scores"] == {
        "final_score": 100,
        "test_score": None,
        "llm_score": None,
        "container_score": 100,
        "breakdown": {"answer": "42"},
    }
    details = await agent.get(f"/api/submissions/{by_image['id']}/details")
    assert (details["container_score"], details["breakdown"]) == (100, {"answer": "42"})
    assert by_image["judge"].startswith("container sha256:")

    scores = by_both["scores"]
    assert scores["container_score"] == 10
    assert scores["final_score"] == pytest.approx(0.6 * 10 + 0.4 * scores["llm_score"], abs=0.01)
    assert scores["breakdown"]["container"] == {"score": 10, "weight": 60, "breakdown": {"answer": "41"}}
    assert scores["breakdown"]["llm"] == {"score": scores["llm_score"], "weight": 40}

    log = await poster.get(f"/api/v1/submissions/{by_image['id']}/container-log")
    assert (log["stdout"], log["exit_code"], log["problem"]) == ("judging 42\n", 0, None)
    with pytest.raises(Refused) as refused:
        await agent.get(f"/api/v1/submissions/{by_image['id']}/container-log")
    assert refused.value.status == 404


async def test_what_a_poster_can_not_have_is_refused_at_publish(arena: Arena, image: str) -> None:
    poster = await arena.sign_up("Poster")
    for fields, code in (
        ({"eval_image": "10.0.0.1:5000/acme/judge:1"}, "VALIDATION_ERROR"),
        ({"eval_image": image, "eval_network": True}, "VALIDATION_ERROR"),
    ):
        draft = await poster.create_task(eval_mode="container", **fields)
        with pytest.raises(Refused) as refused:
            await poster.publish(draft["id"])
        assert (refused.value.status, refused.value.code) == (422, code)


async def test_a_judge_that_can_be_fooled_is_not_published_and_one_that_was_tried_is(
    arena: Arena, image: str
) -> None:
    poster = await arena.sign_up("Poster")
    judge: dict[str, Any] = {"eval_mode": "container", "eval_image": image, "eval_memory_mb": 512}
    path = f"/api/v1/tasks/{(await poster.create_task(**judge))['id']}"

    async def tried(cheat: str) -> dict[str, Any]:
        for kind, answer in (("reference", "42"), ("cheat", cheat)):
            work = {"SUBMISSION.md": THOROUGH["SUBMISSION.md"]} | ({"answer.txt": answer} if answer else {})
            (await poster.http.put(f"{path}/samples/{kind}", content=zipped(work))).raise_for_status()
        await poster.post(f"{path}/readiness", {})

        async def is_over() -> bool:
            return (await poster.get(f"{path}/readiness"))["finished_at"] is not None

        await eventually(is_over, seconds=120)
        return dict(await poster.get(f"{path}/readiness"))

    fooled = await tried("It is not 42.")
    assert (fooled["status"], fooled["reference_score"], fooled["cheat_score"]) == ("not_ready", 100, 100)
    with pytest.raises(Refused) as refused:
        await poster.post(f"{path}/publish")
    assert (refused.value.status, refused.value.code) == (409, "JUDGE_NOT_READY")
    apart = await tried("41")
    assert (apart["status"], apart["reference_score"], apart["cheat_score"]) == ("ready", 100, 10)
    without_score = await tried("")
    assert (without_score["status"], without_score["cheat_score"]) == ("ready", None)
    assert without_score["image_digest"].startswith("sha256:")
    assert (await poster.post(f"{path}/publish"))["status"] == "open"


async def test_a_worker_that_is_killed_in_the_run_costs_no_score(
    arena: Arena, stack: Stack, image: str
) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Ada")
    task = await a_task(arena, poster, image)
    submitted = await agent.quick_submit(task["id"], {"answer.txt": "slow 42"})

    runs: set[str] = set()

    async def judging() -> bool:
        found = await containers("--filter", "label=joust.evaluation")
        runs.update(run for name, run in found if not name.startswith("joust-keeper-"))
        return bool(runs)

    await eventually(judging, seconds=60)
    run = runs.pop()
    assert len(await containers("--filter", f"label=joust.run={run}")) == 2
    stack.kill("evaluation", signal.SIGKILL)
    result = await scored(agent, submitted["id"], seconds=120)
    assert result["scores"]["final_score"] == 100
    assert await containers("--all", "--filter", f"label=joust.run={run}") == []


async def containers(*options: str) -> list[tuple[str, str]]:
    """Those that run, or as the options have it: their names and the tokens of their runs."""
    shown = '{{.Names}} {{.Label "joust.run"}}'
    process = await asyncio.create_subprocess_exec(
        "docker", "ps", "--format", shown, *options, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return [(name, run) for name, run in (line.split() for line in said.decode().splitlines())]
