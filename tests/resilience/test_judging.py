"""Judging while workers are killed in each of its phases, and while the model's provider is away.

Where the code of an evaluation has failpoints, ``test_failpoints`` kills there. Here somebody else has the work in
hand when a worker dies: a model, a program in the sandbox, the poster's own judge.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
import httpx2
import psutil
import pytest

from joust_embedded.bounty.client import Json, Party
from joust_embedded.bounty.receiver import Delivery, Receiver, receiving
from joust_embedded.stack import Stack
from joust_testing import ScriptedJudge
from joust_testing.judge import DEFAULT_SCORE
from tests.support import checkers
from tests.support.arena import Arena, eventually, scored
from tests.support.external_judge import claim, say
from tests.support.leaks import nothing_is_left_over

PATIENCE_SECONDS = 60.0
BACK_SECONDS = 120.0
"""A lease, of 30 s in campaigns, and what a busy machine adds."""
SUITE = {"test_cases": [{"name": "all", "input": "", "expected_output": "done", "match_type": "contains"}]}


@pytest.fixture
def stack(young_stack: Stack) -> Stack:
    """The one whose judge is a language model's."""
    return young_stack


@pytest.fixture
async def arena(stack: Stack) -> AsyncIterator[Arena]:
    """Whose parties wait for services that are down."""
    arena = Arena(stack, patience_seconds=PATIENCE_SECONDS)
    yield arena
    await arena.close()


@dataclass(frozen=True)
class Handed:
    """A submission that is on its way to its score."""

    agent: Party
    task_id: str
    id: str


async def hand_in(arena: Arena, task: Json, files: dict[str, str]) -> Handed:
    """By an agent of its own, so that its turn is now."""
    agent = await arena.sign_up(f"Agent {uuid4()}")
    taken = await agent.quick_submit(task["id"], files)
    return Handed(agent, task["id"], taken["id"])


async def task_with_suite(arena: Arena, poster: Party) -> Json:
    draft = await poster.create_task(test_weight=50, llm_weight=50)
    form = {"file": ("suite.json", json.dumps(SUITE).encode(), "application/json")}
    (await poster.http.post(f"/api/v1/tasks/{draft['id']}/test-suite", files=form)).raise_for_status()
    return await poster.publish(draft["id"])


def running_with(mark: str) -> list[int]:
    """Processes that have ``mark`` in their command line."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(mark in part for part in process.info["cmdline"] or ()):
            found.append(process.pid)
    return found


async def kill(stack: Stack, service: str) -> None:
    await asyncio.to_thread(stack.kill, service)
    await asyncio.to_thread(stack.wait_ready, 60)


async def task_with_judge(arena: Arena, poster: Party, judge: Receiver) -> Json:
    task = await arena.open_task(poster, eval_mode="external", eval_callback_url=judge.url)
    judge.secret = (await poster.get(f"/api/v1/tasks/{task['id']}/judge"))["signing_secret"]
    return task


@pytest.mark.faults
async def test_workers_killed_while_others_have_the_work_in_hand_cost_no_score_and_give_none_twice(
    stack: Stack, arena: Arena, provider: ScriptedJudge, receiver: Receiver
) -> None:
    poster, mark, argument = await arena.sign_up("Poster"), f"mark-{uuid4().hex}", f"run-{uuid4().hex}"
    program = "import time\ntime.sleep(6)\nprint('done')"
    run = f'run = "python3 main.py {argument}"'
    by_model, by_suite = await arena.open_task(poster), await task_with_suite(arena, poster)
    by_claim = await task_with_judge(arena, poster, receiver)

    with provider.holding(mark):
        thought_about = await hand_in(arena, by_model, {"main.py": f"# {mark}"})
        judged = await hand_in(arena, by_claim, {"main.py": "print(1)"})
        claimed = await first_claim(poster, by_claim)
        executed = await hand_in(arena, by_suite, {"main.py": program, "joust.toml": run})
        await until(lambda: provider.times_asked(mark) == 1 and bool(running_with(argument)))
        await kill(stack, "evaluation")
        assert running_with(argument) == [], "a submitted program outlived its worker"

    stored = await score_beside_a_kill(stack, arena, claimed)
    pushed, requests = await push_beside_a_kill(stack, arena, poster)

    for handed, score in (
        (thought_about, DEFAULT_SCORE),
        (executed, (100 + DEFAULT_SCORE) / 2),
        (judged, stored),
        (pushed, 33),
    ):
        seen = await scored(handed.agent, handed.id, seconds=BACK_SECONDS)
        assert seen["scores"]["final_score"] == score
        assert (await handed.agent.get(f"/api/v1/tasks/{handed.task_id}"))["quota"]["used"] == 1
    assert len(requests.ids) > len(set(requests.ids)) == 1, "the judge was asked again, by the same id"
    assert provider.times_asked(mark) >= 2, "the model was asked again after its worker had died"
    await all_is_told_once(stack, [each.id for each in (thought_about, executed, judged, pushed)])


@pytest.mark.faults
async def test_a_worker_killed_while_the_best_two_are_compared_costs_no_payout_and_gives_none_twice(
    stack: Stack, arena: Arena, provider: ScriptedJudge
) -> None:
    poster = await arena.sign_up("Poster", cents=10_000)
    ahead, better = (f"mark-{uuid4().hex}" for _ in range(2))
    provider.give(90, to=ahead)
    provider.give(80, to=better)
    task = await arena.open_task(poster, escrow=True, budget_cents=10_000)
    leading, second = [await hand_in(arena, task, {"main.py": f"# {mark}"}) for mark in (ahead, better)]
    for handed, score in ((leading, 90), (second, 80)):
        assert (await scored(handed.agent, handed.id))["scores"]["final_score"] == score
    # side by side the judge finds what it has not seen in each alone
    provider.give(60, to=ahead)
    with provider.holding(ahead):
        asked = provider.times_asked(ahead)
        await poster.close_task(task["id"])
        await until(lambda: provider.times_asked(ahead) == asked + 2)
        await kill(stack, "evaluation")
        assert (await poster.get(f"/api/v1/tasks/{task['id']}"))["budget"]["status"] == "held"
    await eventually(lambda: has_budget(poster, task, "paid"), seconds=BACK_SECONDS)
    budget = (await poster.get(f"/api/v1/tasks/{task['id']}"))["budget"]
    assert [each["submission_id"] for each in budget["payouts"]] == [second.id]
    assert (budget["comparison"]["outcome"], budget["comparison"]["preferred_id"]) == ("preferred", second.id)
    balances = [(await each.balance())["available_cents"] for each in (leading.agent, second.agent)]
    assert balances == [0, 10_000]
    board = (await poster.leaderboard(task["id"]))["entries"]
    assert [each["finalScore"] for each in board] == [90, 80], "a comparison changes no score"
    await all_is_told_once(stack, [leading.id, second.id])


async def has_budget(poster: Party, task: Json, status: str) -> bool:
    return bool((await poster.get(f"/api/v1/tasks/{task['id']}"))["budget"]["status"] == status)


async def first_claim(poster: Party, task: Json) -> Json:
    claimed: Json = {}

    async def is_there() -> bool:
        claimed.update(await claim(poster, task["id"]) or {})
        return bool(claimed)

    await eventually(is_there, seconds=60)
    return claimed


async def score_beside_a_kill(stack: Stack, arena: Arena, claimed: Json) -> float:
    """Several scores are posted while the service that takes them is killed; what came of it, once all know."""

    async def insist(score: float) -> httpx2.Response:
        answer = await say(arena.url, claimed, final_score=score)
        while answer.status_code >= 500:
            await asyncio.sleep(0.2)
            answer = await say(arena.url, claimed, final_score=score)
        return answer

    posting = [asyncio.create_task(insist(score)) for score in (51, 52, 53, 54)]
    await kill(stack, "evaluation")
    answers = await asyncio.gather(*posting)
    taken = [each.json()["final_score"] for each in answers if each.status_code == 200]
    assert len(taken) <= 1
    assert {each.json()["error"]["code"] for each in answers if each.status_code != 200} == {"ALREADY_SCORED"}
    if taken:
        return float(taken[0])
    agent_sees = await stored_score(stack, claimed["evaluation_id"])
    assert agent_sees in (51, 52, 53, 54)
    return agent_sees


async def stored_score(stack: Stack, evaluation_id: str) -> float:
    query = "SELECT (judgement ->> 'final_score')::float FROM evaluation.evaluations WHERE id = $1::uuid"
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        return float(await admin.fetchval(query, evaluation_id))
    finally:
        await admin.close()


async def push_beside_a_kill(stack: Stack, arena: Arena, poster: Party) -> tuple[Handed, Receiver]:
    """The service that asks the poster's judge dies while it asks; the judge answers both times."""
    async with receiving() as receiver:
        task = await task_with_judge(arena, poster, receiver)

        def die(_delivery: Delivery) -> None:
            if len(receiver.ids) == 1:
                stack.kill("webhook")

        receiver.told = die
        handed = await hand_in(arena, task, {"main.py": "print(1)"})
        await receiver.wait_for(lambda seen: len(seen.ids) >= 2, timeout_seconds=BACK_SECONDS)
        first, second = receiver.deliveries[:2]
        assert (await say(arena.url, first, final_score=33)).status_code == 200
        again = await say(arena.url, second, final_score=44)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "ALREADY_SCORED")
        return handed, receiver


async def all_is_told_once(stack: Stack, ids: Sequence[str]) -> None:
    await asyncio.to_thread(stack.wait_ready, 60)
    messages = await checkers.events_are_complete(stack)
    await checkers.scored_exactly_once(messages, ids)
    checkers.versions_rise(messages)
    await nothing_is_left_over(stack)


async def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    async def holds() -> bool:
        return condition()

    await eventually(holds, seconds=seconds)


@pytest.mark.faults
async def test_a_provider_that_is_away_for_a_while_costs_no_score_and_no_place(
    stack: Stack, arena: Arena, provider: ScriptedJudge
) -> None:
    poster, mark = await arena.sign_up("Poster"), f"mark-{uuid4().hex}"
    task = await arena.open_task(poster, max_submissions_per_agent=1)
    with provider.refusing(503):
        handed = await hand_in(arena, task, {"main.py": f"# {mark}"})
        await until(lambda: provider.times_asked(mark) >= 3)
        with provider.gone():
            tried = await tries(stack, handed)
            await eventually(lambda: was_tried(stack, handed, tried + 2))
    await is_scored_once(stack, handed)


@pytest.mark.campaign
@pytest.mark.parametrize("status", [429, 503])
async def test_a_provider_that_is_away_for_a_minute_costs_no_score_and_no_place(
    stack: Stack, arena: Arena, provider: ScriptedJudge, status: int
) -> None:
    poster, mark = await arena.sign_up("Poster"), f"mark-{uuid4().hex}"
    task = await arena.open_task(poster, max_submissions_per_agent=1)
    with provider.refusing(status):
        handed = await hand_in(arena, task, {"main.py": f"# {mark}"})
        await asyncio.sleep(30)
        with provider.gone():
            await asyncio.sleep(30)
    await is_scored_once(stack, handed)


@pytest.mark.campaign
async def test_a_provider_that_stays_away_ends_in_a_failure_with_its_reason_and_the_place_comes_back(
    stack: Stack, arena: Arena, provider: ScriptedJudge
) -> None:
    poster, mark = await arena.sign_up("Poster"), f"mark-{uuid4().hex}"
    task = await arena.open_task(poster, max_submissions_per_agent=1)
    with provider.refusing(503):
        handed = await hand_in(arena, task, {"main.py": f"# {mark}"})
        await eventually(lambda: has_status(handed, "evaluation_failed"), seconds=300)
    seen = await handed.agent.submission(handed.id)
    assert seen["scores"] is None
    assert "high demand (503)" in seen["error_message"]
    assert "given up after 10 attempts" in seen["error_message"]
    await eventually(lambda: has_free_place(handed))
    assert (await poster.leaderboard(handed.task_id))["entries"] == []


async def is_scored_once(stack: Stack, handed: Handed) -> None:
    seen = await scored(handed.agent, handed.id, seconds=BACK_SECONDS)
    assert (seen["status"], seen["scores"]["final_score"]) == ("completed", DEFAULT_SCORE)
    assert (await handed.agent.get(f"/api/v1/tasks/{handed.task_id}"))["quota"]["used"] == 1
    await all_is_told_once(stack, [handed.id])


async def has_status(handed: Handed, status: str) -> bool:
    return bool((await handed.agent.submission(handed.id))["status"] == status)


async def has_free_place(handed: Handed) -> bool:
    return bool((await handed.agent.get(f"/api/v1/tasks/{handed.task_id}"))["quota"]["used"] == 0)


async def tries(stack: Stack, handed: Handed) -> int:
    """How often judging was begun."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        query = "SELECT attempt FROM evaluation.evaluations WHERE submission_id = $1::uuid"
        return int(await admin.fetchval(query, handed.id))
    finally:
        await admin.close()


async def was_tried(stack: Stack, handed: Handed, times: int) -> bool:
    return await tries(stack, handed) >= times
