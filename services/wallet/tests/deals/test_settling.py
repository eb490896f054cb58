"""Pending deals settle by themselves, oldest first, each once."""

import asyncio
from typing import Any

from joust_contracts.events import DealCreated, DealSettled, SubmissionReceived, TaskClosed
from joust_kit.testing.component import an_actor
from joust_wallet.deals import timers
from joust_wallet.deals.timers import SettleDeals, settle_deals, settle_waiting_deals
from services.wallet.tests.market import Market, a_submission, a_task


async def pending_deals(market: Market, *values: int) -> list[dict[str, Any]]:
    deals = [await market.deal(an_actor(), value) for value in values]
    assert [deal["status"] for deal in deals] == ["pending"] * len(values)
    return deals


async def statuses(market: Market, deals: list[dict[str, Any]]) -> list[str]:
    return [await market.status_of(deal) for deal in deals]


async def run_job(market: Market, actor_id: object, currency: str = "usd") -> None:
    """Runs the job's body for one account, as the worker would."""
    from joust_kit.jobs import JobContext

    database = market.wallet.database
    context = JobContext(
        database=database, resources=None, correlation_id=None, attempt=1, is_last_attempt=False
    )
    await settle_deals.run(SettleDeals(poster_id=actor_id, currency=currency), context)  # type: ignore[arg-type]


async def test_a_deposit_settles_what_it_covers_and_answers_what_is_left(market: Market) -> None:
    agent = an_actor()
    deal = await market.deal(agent, 1000)
    assert (await market.deposit(1234))["balance"]["available_cents"] == 234
    assert await market.available(agent) == 900
    page = await market.deals(market.poster)
    assert (page["data"][0]["status"], page["data"][0]["version"]) == ("settled", 2)
    assert page["data"][0]["settled_at"] is not None
    created, settled = await market.told_of(deal["id"])
    assert isinstance(created, DealCreated)
    assert created.deal.status == "pending"
    assert isinstance(settled, DealSettled)
    assert (settled.deal.status, settled.deal.version) == ("settled", 2)


async def test_several_deposits_add_up_to_a_settlement(market: Market) -> None:
    deals = await pending_deals(market, 100)
    await market.deposit(60)
    assert await statuses(market, deals) == ["pending"]
    await market.deposit(40)
    assert await statuses(market, deals) == ["settled"]
    assert await market.available() == 0


async def test_waiting_deals_are_paid_oldest_first_and_stop_at_the_first_that_is_not_covered(
    market: Market,
) -> None:
    deals = await pending_deals(market, 100, 500, 50)
    await market.deposit(300)
    assert await statuses(market, deals) == ["settled", "pending", "pending"]
    assert await market.available() == 200
    await market.deposit(350)
    assert await statuses(market, deals) == ["settled", "settled", "settled"]
    assert await market.available() == 0


async def test_a_new_deal_that_is_covered_does_not_wait_for_an_old_one_that_is_not(market: Market) -> None:
    await market.deposit(100)
    waiting = await market.deal(an_actor(), 500)
    assert (await market.deal(an_actor(), 80))["status"] == "settled"
    assert await market.status_of(waiting) == "pending"


async def test_a_deposit_in_another_currency_or_by_another_settles_nothing(market: Market) -> None:
    deals = await pending_deals(market, 100)
    await market.deposit(1000, currency="eur")
    await market.deposit(1000, by=an_actor())
    assert await statuses(market, deals) == ["pending"]


async def test_deposits_at_once_settle_each_waiting_deal_once(market: Market) -> None:
    agents = [an_actor() for _ in range(5)]
    deals = [await market.deal(agent, 200) for agent in agents]
    await asyncio.gather(*(market.deposit(50) for _ in range(24)))
    assert await statuses(market, deals) == ["settled"] * 5
    assert await market.available() == 24 * 50 - 5 * 200
    assert [await market.available(agent) for agent in agents] == [180] * 5
    for deal in deals:
        assert [type(each) for each in await market.told_of(deal["id"])] == [DealCreated, DealSettled]


async def test_deposits_and_new_deals_at_once_leave_nothing_waiting_that_is_covered(market: Market) -> None:
    agents = [an_actor() for _ in range(12)]
    tasks = [await market.closed_task(agent) for agent in agents]
    pairs = zip(tasks, agents, strict=True)
    work: list[Any] = [market.make_deal(task.id, agent, 100) for task, agent in pairs]
    work += [market.deposit(100) for _ in range(12)]
    await asyncio.gather(*work)
    page = await market.deals(market.poster)
    assert [deal["status"] for deal in page["data"]] == ["settled"] * 12
    assert await market.available() == 0


async def test_who_buys_from_each_other_at_once_never_deadlocks(market: Market) -> None:
    people = [an_actor() for _ in range(4)]
    await asyncio.gather(*(market.deposit(1000, by=person) for person in people))
    pairs = [(buyer, seller) for buyer in people for seller in people if buyer != seller] * 3
    deals = await asyncio.gather(*(market.deal(seller, 10, by=buyer) for buyer, seller in pairs))
    assert [deal["status"] for deal in deals] == ["settled"] * len(pairs)
    balances = [await market.available(person) for person in people]
    assert sum(balances) == 4000 - len(pairs)


async def test_money_earned_by_a_deal_settles_the_earners_own_waiting_deals(market: Market) -> None:
    middle, last = an_actor("middle"), an_actor("last")
    owed = await market.deal(last, 500, by=middle)
    assert owed["status"] == "pending"
    await market.deposit(1000)
    assert (await market.deal(middle, 1000))["status"] == "settled"
    assert await market.wallet.run_jobs("settle_deals") >= 1
    assert (await market.deals(middle))["data"][-1]["status"] == "settled"
    assert (await market.available(middle), await market.available(last)) == (400, 450)


async def test_more_waiting_deals_than_one_transaction_takes_are_settled_by_jobs(
    market: Market, monkeypatch: Any
) -> None:
    monkeypatch.setattr(timers, "DEALS_AT_ONCE", 2)
    deals = await pending_deals(market, 10, 20, 30, 40, 50)
    await market.deposit(1000)
    assert await statuses(market, deals) == ["settled"] * 2 + ["pending"] * 3
    assert await market.wallet.run_jobs("settle_deals") >= 1
    assert await market.wallet.run_jobs("settle_deals") >= 1
    assert await statuses(market, deals) == ["settled"] * 5
    await market.wallet.run_jobs("settle_deals")
    assert await market.available() == 1000 - 150


async def test_the_job_run_many_times_at_once_pays_once(market: Market) -> None:
    deals = await pending_deals(market, 100, 100)
    await market.deposit(150)
    await asyncio.gather(*(run_job(market, market.poster.account_id) for _ in range(10)))
    assert await statuses(market, deals) == ["settled", "pending"]
    assert await market.available() == 50


async def test_100_settles_at_once_and_every_event_ten_times_pay_a_task_once(market: Market) -> None:
    agent, task = an_actor("agent"), a_task(market.poster.account_id)
    closed, received = TaskClosed(task=task), SubmissionReceived(submission=a_submission(task, agent))
    ids = {each: market.wallet.database.ids.new() for each in (closed, received)}
    for each in (closed, received) * 10:
        await market.wallet.deliver(each, event_id=ids[each])
    answers = await asyncio.gather(*(market.make_deal(task.id, agent, 1000) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9
    work = [run_job(market, market.poster.account_id) for _ in range(100)]
    again = [market.wallet.deliver(each, event_id=ids[each]) for each in (closed, received) * 10]
    await asyncio.gather(market.deposit(5000), *work, *again)
    await run_job(market, market.poster.account_id)
    assert await market.available() == 4000
    assert await market.available(agent) == 900
    deal = (await market.deals(market.poster))["data"][0]
    assert [type(each) for each in await market.told_of(deal["id"])] == [DealCreated, DealSettled]


async def test_a_failure_after_settling_takes_everything_back(market: Market) -> None:
    class Crash(Exception):
        pass

    agent = an_actor()
    deal = await market.deal(agent, 100)

    async def settle_and_crash() -> None:
        async with market.wallet.database.transaction() as unit:
            from joust_wallet.deposits.rules import funding_of

            funding = funding_of(unit.new_id(), market.poster.account_id, 100, "usd")
            await settle_waiting_deals(unit, market.poster.account_id, "usd", after=funding)
            await unit.flush()
            raise Crash

    results = await asyncio.gather(settle_and_crash(), return_exceptions=True)
    assert isinstance(results[0], Crash)
    assert await market.status_of(deal) == "pending"
    assert (await market.available(), await market.available(agent)) == (0, 0)
    await market.deposit(100)
    assert await market.status_of(deal) == "settled"
    assert len(await market.told_of(deal["id"])) == 2
