"""Making a deal over the internal API: what it pays, and each refusal."""

import asyncio

import pytest

from joust_contracts.base import MAX_CENTS
from joust_contracts.events import DealCreated, DealSettled, SubmissionFailed, TaskClosed, TaskCreated
from joust_contracts.events import SubmissionCompleted as Completed
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_kit.testing.component import an_actor
from services.wallet.tests.market import IDS, Market, a_submission, a_task


async def fees(market: Market) -> int:
    from sqlalchemy import text

    query = text(
        "SELECT balance_cents FROM wallet.accounts WHERE kind = 'platform_fees' AND currency = 'usd'"
    )
    async with market.wallet.database.reading() as session:
        return int(await session.scalar(query) or 0)


async def test_a_deal_debits_the_poster_and_credits_agent_and_platform(market: Market) -> None:
    agent = an_actor("agent")
    earlier_fees = await fees(market)
    await market.deposit(20_000)
    task = await market.closed_task(agent)
    answer = await market.make_deal(task.id, agent, 10_005)
    assert answer.status_code == 201
    deal = answer.json()
    assert (deal["status"], deal["value_cents"], deal["platform_fee_cents"]) == ("settled", 10_005, 1000)
    assert deal["settled_at"] is not None
    assert (deal["task_id"], deal["agent_id"]) == (str(task.id), str(agent.agent_id))
    assert deal["poster_id"] == str(market.poster.account_id)
    assert deal["agent_account_id"] == str(agent.account_id)
    assert await market.available() == 20_000 - 10_005
    assert await market.available(agent) == 10_005 - 1000
    assert await fees(market) == earlier_fees + 1000


async def test_a_settled_deal_is_told_as_created_and_then_as_settled(market: Market) -> None:
    await market.deposit(500)
    deal = await market.deal(an_actor(), 500)
    created, settled = await market.told_of(deal["id"])
    assert isinstance(created, DealCreated)
    assert isinstance(settled, DealSettled)
    assert (created.deal.status, created.deal.version) == ("settled", 1)
    assert (settled.deal.status, settled.deal.version) == ("settled", 2)
    assert settled.deal.model_dump(mode="json") == deal


async def test_a_deal_of_0_settles_at_once_without_a_transfer(market: Market) -> None:
    deal = await market.deal(an_actor(), 0)
    assert (deal["status"], deal["platform_fee_cents"]) == ("settled", 0)
    assert [type(each) for each in await market.told_of(deal["id"])] == [DealCreated, DealSettled]
    assert await market.available() == 0


async def test_the_whole_balance_can_be_spent_and_not_a_cent_more(market: Market) -> None:
    await market.deposit(100)
    assert (await market.deal(an_actor(), 101))["status"] == "pending"
    assert (await market.deal(an_actor(), 100))["status"] == "settled"
    assert await market.available() == 0


async def test_a_deal_that_is_not_covered_is_pending_and_moves_nothing(market: Market) -> None:
    agent = an_actor()
    await market.deposit(99)
    deal = await market.deal(agent, 100)
    assert (deal["status"], deal["settled_at"], deal["platform_fee_cents"]) == ("pending", None, 10)
    assert [type(each) for each in await market.told_of(deal["id"])] == [DealCreated]
    assert (await market.available(), await market.available(agent)) == (99, 0)


async def test_an_unknown_task_is_not_found(market: Market) -> None:
    answer = await market.make_deal(IDS.new(), an_actor(), 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_a_draft_of_somebody_else_is_not_found(market: Market) -> None:
    draft = a_task(an_actor().account_id, status=TaskStatus.DRAFT, version=1)
    await market.wallet.deliver(TaskCreated(task=draft))
    answer = await market.make_deal(draft.id, an_actor(), 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_only_the_owner_makes_a_deal(market: Market) -> None:
    agent = an_actor()
    task = await market.closed_task(agent)
    for stranger in (an_actor(), agent):
        answer = await market.make_deal(task.id, agent, 1, by=stranger)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("status", [TaskStatus.DRAFT, TaskStatus.OPEN, TaskStatus.EVALUATING])
async def test_a_task_that_is_not_closed_has_no_deal(market: Market, status: TaskStatus) -> None:
    agent = an_actor()
    task = a_task(market.poster.account_id, status=status, version=1)
    await market.wallet.deliver(TaskCreated(task=task))
    answer = await market.make_deal(task.id, agent, 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TASK_NOT_CLOSED")


async def test_an_agent_that_did_not_submit_gets_no_deal(market: Market) -> None:
    task = await market.closed_task(an_actor())
    other_task = await market.closed_task(stranger := an_actor())
    answer = await market.make_deal(task.id, stranger, 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NO_SUBMISSION")
    assert (await market.make_deal(other_task.id, stranger, 1)).status_code == 201


async def test_a_submission_that_failed_before_its_artifact_came_does_not_count(market: Market) -> None:
    agent = an_actor()
    task = await market.closed_task()
    failed = a_submission(task, agent, status=SubmissionStatus.FAILED, artifact=None, received_at=None)
    await market.wallet.deliver(SubmissionFailed(submission=failed))
    answer = await market.make_deal(task.id, agent, 1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "NO_SUBMISSION")


async def test_an_agent_whose_evaluation_failed_may_still_be_bought_from(market: Market) -> None:
    agent = an_actor()
    task = await market.closed_task()
    failed = a_submission(task, agent, status=SubmissionStatus.EVALUATION_FAILED)
    await market.wallet.deliver(SubmissionFailed(submission=failed))
    assert (await market.make_deal(task.id, agent, 1)).status_code == 201


async def test_a_task_has_one_deal_whoever_the_second_is_with(market: Market) -> None:
    one, other = an_actor(), an_actor()
    task = await market.closed_task(one, other)
    await market.deposit(1000)
    assert (await market.make_deal(task.id, one, 100)).status_code == 201
    for agent in (one, other, an_actor()):
        answer = await market.make_deal(task.id, agent, 100)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "DEAL_EXISTS")
    assert await market.available() == 900


async def test_100_deals_for_one_task_at_once_leave_one_that_is_paid_once(market: Market) -> None:
    agents = [an_actor() for _ in range(4)]
    task = await market.closed_task(*agents)
    await market.deposit(1_000_000)
    answers = await asyncio.gather(
        *(market.make_deal(task.id, agents[number % 4], 1000) for number in range(100))
    )
    assert sorted({answer.status_code for answer in answers}) == [201, 409]
    won = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(won) == 1
    assert {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409} == {
        "DEAL_EXISTS"
    }
    assert await market.available() == 999_000
    assert sum([await market.available(agent) for agent in agents]) == 900
    assert len(await market.told_of(won[0]["id"])) == 2


async def test_deals_for_many_tasks_at_once_spend_the_balance_and_no_more(market: Market) -> None:
    agents = [an_actor() for _ in range(30)]
    await market.deposit(1000)
    tasks = [await market.closed_task(agent) for agent in agents]
    answers = await asyncio.gather(
        *(market.make_deal(task.id, agent, 70) for task, agent in zip(tasks, agents, strict=True))
    )
    statuses = [answer.json()["status"] for answer in answers]
    assert (statuses.count("settled"), statuses.count("pending")) == (14, 16)
    assert await market.available() == 1000 - 14 * 70


async def test_the_same_idempotency_key_makes_one_deal(market: Market) -> None:
    agent = an_actor()
    task = await market.closed_task(agent)
    await market.deposit(100)
    key = {"Idempotency-Key": "once"}
    first = await market.make_deal(task.id, agent, 100, **key)
    again = await market.make_deal(task.id, agent, 100, **key)
    assert (first.status_code, again.status_code, again.json()) == (201, 201, first.json())
    assert await market.available(agent) == 90


async def test_who_buys_from_an_own_agent_pays_the_fee_alone(market: Market) -> None:
    await market.deposit(100)
    deal = await market.deal(market.poster, 1000)
    assert (deal["status"], deal["platform_fee_cents"]) == ("settled", 100)
    assert await market.available() == 0


@pytest.mark.parametrize("value", [-1, MAX_CENTS + 1, 1.5, "10", None, 10**400])
async def test_what_is_no_value_is_refused(market: Market, value: object) -> None:
    agent = an_actor()
    task = await market.closed_task(agent)
    answer = await market.make_deal(task.id, agent, value)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_the_decision_waits_for_what_the_caller_already_knows(market: Market) -> None:
    agent = an_actor()
    task = a_task(market.poster.account_id, version=4)
    submission = a_submission(task, agent, version=3, evaluated=True, status=SubmissionStatus.COMPLETED)
    url, headers = "/internal/deals", market.wallet.as_actor(market.poster)
    body = {"task_id": str(task.id), "agent_id": str(agent.agent_id), "deal_type": "agent_hire"}
    known = [("Joust-After", f"{task.id}:4"), ("Joust-After", f"{submission.id}:3"), *headers.items()]
    request = market.wallet.http.post(url, json={**body, "value_cents": 0}, headers=known)
    asked = asyncio.ensure_future(request)
    await market.wallet.deliver(TaskClosed(task=task))
    await asyncio.sleep(0)
    assert not asked.done()
    await market.wallet.deliver(Completed(submission=submission))
    assert (await asked).status_code == 201


async def test_news_that_do_not_come_are_our_fault_and_not_the_callers(market: Market) -> None:
    agent = an_actor()
    task = await market.closed_task(agent)
    answer = await market.make_deal(task.id, agent, 0, **{"Joust-After": f"{task.id}:99"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["Retry-After"]
