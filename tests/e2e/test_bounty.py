"""One bounty from post to payment, over public REST alone."""

import asyncio
from uuid import UUID

import pytest

from joust_embedded.bounty.client import Party, Refused
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from tests.support.arena import Arena, eventually, scored, submit_and_wait

ALL_EVENTS = [
    "task.status_changed",
    "submission.created",
    "submission.completed",
    "submission.failed",
    "evaluation.completed",
    "deal.created",
]


async def watch_to_the_end(agent: Party, submission_id: str) -> list[str]:
    return [
        f"{event.name}:{event.data.get('status')}:{event.data.get('evaluated')}"
        async for event in agent.watch(submission_id)
    ]


async def test_a_bounty_goes_from_post_to_payment(arena: Arena, receiver: Receiver) -> None:
    poster = await arena.sign_up("Poster", cents=100_000)
    agents = [await arena.sign_up(name) for name in ("Ada", "Bob", "Cy")]
    endpoint = await poster.register_webhook(receiver.url, ALL_EVENTS)
    receiver.secret = endpoint["secret"]

    task = await poster.create_task()
    assert task["status"] == "draft"
    assert task["company_id"] == poster.account_id
    assert (await poster.publish(task["id"]))["status"] == "open"

    works = [THOROUGH, DECENT, CARELESS]
    submitted = await asyncio.gather(
        *(agent.quick_submit(task["id"], work) for agent, work in zip(agents, works, strict=True))
    )
    streams = await asyncio.gather(
        *(watch_to_the_end(agent, one["id"]) for agent, one in zip(agents, submitted, strict=True))
    )
    for stream in streams:
        assert stream[-1].startswith("terminal:")
        assert "submission:completed:True" in stream

    results = [await scored(agent, one["id"]) for agent, one in zip(agents, submitted, strict=True)]
    scores = [result["scores"]["final_score"] for result in results]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[2]
    for result in results:
        assert {dimension["criterion_name"] for dimension in result["dimensions"]} == {
            "Correctness",
            "Tests",
            "Clarity",
        }
        assert all(
            "no language model" in dimension["reasoning"].lower() for dimension in result["dimensions"]
        )

    hidden = await agents[1].leaderboard(task["id"])
    assert hidden["revealed"] is False
    assert not {"Ada", "Bob", "Cy"} & {entry["agentName"] for entry in hidden["entries"]}

    assert (await poster.close_task(task["id"]))["status"] == "closed"
    board = await poster.leaderboard(task["id"])
    assert [entry["agentName"] for entry in board["entries"]] == ["Ada", "Bob", "Cy"]
    assert (board["revealed"], board["taskStatus"], board["isOwner"]) == (True, "closed", True)

    winner = await poster.submission(board["entries"][0]["submissionId"])
    deal = await poster.deal(task["id"], winner["agent_id"], 50_000)
    assert (deal["deal_value_cents"], deal["platform_fee_cents"]) == (50_000, 5_000)
    assert (await poster.balance())["available_cents"] == 50_000
    assert (await agents[0].balance())["available_cents"] == 45_000
    assert (await agents[0].get("/api/v1/deals"))["data"][0]["id"] == deal["id"]

    expected = ["task.status_changed"] * 2 + ["deal.created"]
    expected += ["submission.created", "evaluation.completed", "submission.completed"] * 3
    await receiver.wait_for(lambda seen: len(set(seen.ids)) >= len(expected))
    assert sorted(receiver.types()) == sorted(expected)
    assert receiver.refused == 0


async def test_who_sees_a_score_finds_it_on_the_leaderboard(arena: Arena) -> None:
    """Else a poster who closes now would pay the second best."""
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster)
    for number in range(10):
        agent = await arena.sign_up(f"Agent {number}")
        submitted = await agent.quick_submit(task["id"], DECENT)
        assert (await watch_to_the_end(agent, submitted["id"]))[-1].startswith("terminal:")
        assert len((await poster.leaderboard(task["id"]))["entries"]) == number + 1


async def test_a_task_just_published_takes_a_submission_at_once(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    for _ in range(10):
        task = await arena.open_task(poster)
        assert (await agent.quick_submit(task["id"], CARELESS))["status"] == "running"


async def test_a_deal_with_too_small_a_balance_waits_and_settles_after_a_deposit(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    await submit_and_wait(agent, task["id"])
    await poster.close_task(task["id"])
    deal = await poster.deal(task["id"], agent.agent_id, 20_000)
    assert deal["status"] == "pending"
    assert (await agent.balance())["available_cents"] == 0
    await poster.deposit(25_000)
    assert (await poster.balance())["available_cents"] == 5_000
    assert (await agent.balance())["available_cents"] == 18_000


async def test_refusals_of_the_bounty_carry_the_documented_codes(arena: Arena) -> None:
    poster, agent, idle = [await arena.sign_up(name) for name in ("Poster", "Agent", "Idle")]
    task = await poster.create_task()
    refusals = [
        (agent.quick_submit(task["id"], CARELESS), 404, "NOT_FOUND"),
        (poster.close_task(task["id"]), 409, "INVALID_TRANSITION"),
        (
            poster.create_task(criteria=[{"name": "Half", "weight": 50, "position": 0}]),
            422,
            "INVALID_WEIGHTS",
        ),
        (poster.create_task(budget_cents=9_999), 422, "VALIDATION_ERROR"),
    ]
    for asked, status, code in refusals:
        with pytest.raises(Refused) as refused:
            await asked
        assert (refused.value.status, refused.value.code) == (status, code)
    await poster.publish(task["id"])
    await submit_and_wait(agent, task["id"])
    with pytest.raises(Refused, match="TASK_NOT_CLOSED"):
        await poster.deal(task["id"], agent.agent_id, 100)
    await poster.close_task(task["id"])
    with pytest.raises(Refused, match="TASK_NOT_OPEN"):
        await idle.quick_submit(task["id"], CARELESS)
    with pytest.raises(Refused, match="NO_SUBMISSION"):
        await poster.deal(task["id"], idle.agent_id, 100)
    await poster.deal(task["id"], agent.agent_id, 0)
    with pytest.raises(Refused, match="DEAL_EXISTS"):
        await poster.deal(task["id"], agent.agent_id, 0)


async def test_the_quota_holds_against_parallel_submissions(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster, max_submissions_per_agent=3)

    async def submit() -> str:
        try:
            return str((await agent.quick_submit(task["id"], CARELESS))["status"])
        except Refused as refused:
            return refused.code

    outcomes = await asyncio.gather(*(submit() for _ in range(8)))
    assert sorted(outcomes) == ["QUOTA_EXHAUSTED"] * 5 + ["running"] * 3
    assert (await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"] == {
        "used": 3,
        "limit": 3,
        "remaining": 0,
    }


async def test_a_task_closes_by_itself_after_its_deadline(arena: Arena) -> None:
    from datetime import UTC, datetime, timedelta

    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    deadline = datetime.now(UTC) + timedelta(seconds=4)
    task = await arena.open_task(poster, deadline=deadline.isoformat())
    submission = await submit_and_wait(agent, task["id"])

    async def closed() -> bool:
        return bool((await agent.get(f"/api/v1/tasks/{task['id']}"))["status"] == "closed")

    await eventually(closed, seconds=30)
    with pytest.raises(Refused, match=r"TASK_NOT_OPEN|DEADLINE_PASSED"):
        await agent.quick_submit(task["id"], CARELESS)
    board = await agent.leaderboard(task["id"])
    assert board["revealed"] is True
    assert UUID(board["entries"][0]["submissionId"]) == UUID(submission["id"])


async def test_the_same_idempotency_key_acts_once(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")
    first, second = await poster.deposit(1_000, key="once"), await poster.deposit(1_000, key="once")
    assert first["id"] == second["id"]
    assert (await poster.balance())["available_cents"] == 1_000
    with pytest.raises(Refused) as refused:
        await poster.deposit(2_000, key="once")
    assert refused.value.status == 422
