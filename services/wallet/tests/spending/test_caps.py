"""A key with a cap spends no more than that, whatever its account has."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from joust_contracts.spending import Spender
from joust_contracts.vocabulary import RejectionReason
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_wallet.escrows.rules import reason_to_reject
from joust_wallet.spending.rules import Spent, left_of
from services.wallet.tests.escrows.wishing import Posted, balance
from services.wallet.tests.market import Market

DAY = timedelta(days=1)


@pytest.fixture
async def rich(market: Market) -> Market:
    """A poster with 1000 cents, and where it is paid."""
    await market.deposit(1000)
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    headers = market.wallet.as_actor(market.poster)
    await market.wallet.http.put("/internal/payout", json=account, headers=headers)
    return market


def capped(market: Market, **caps: int) -> Spender:
    """From now on the poster comes with a key that has caps."""
    spender = Spender(key_id=RandomIds().new(), **caps)
    market.poster = replace(market.poster, spender=spender)
    return spender


async def withdraw(market: Market, cents: int) -> httpx2.Response:
    headers = market.wallet.as_actor(market.poster)
    return await market.wallet.http.post(
        "/internal/withdrawals", json={"amount_cents": cents}, headers=headers
    )


async def buy(market: Market, cents: int) -> httpx2.Response:
    agent = an_actor()
    task = await market.closed_task(agent)
    return await market.make_deal(task.id, agent, cents)


def left(answer: httpx2.Response) -> Any:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "SPEND_CAP_EXCEEDED")
    return error["details"]["left"]


@pytest.mark.parametrize(
    ("caps", "spent", "may"),
    [
        ({}, Spent(5, 50), None),
        ({"daily_cap_cents": 10}, Spent(5, 50), 5),
        ({"total_cap_cents": 60}, Spent(5, 50), 10),
        ({"daily_cap_cents": 10, "total_cap_cents": 52}, Spent(5, 50), 2),
        ({"daily_cap_cents": 4}, Spent(5, 50), 0),
    ],
)
def test_the_tighter_cap_counts(caps: dict[str, int], spent: Spent, may: int | None) -> None:
    assert left_of(Spender(key_id=RandomIds().new(), **caps), spent) == may


async def test_deals_and_withdrawals_count_alike(rich: Market) -> None:
    capped(rich, daily_cap_cents=100)
    assert (await buy(rich, 40)).status_code == 201
    assert (await withdraw(rich, 50)).status_code == 201
    assert left(await withdraw(rich, 11)) == 10
    assert left(await buy(rich, 11)) == 10
    assert (await buy(rich, 10)).status_code == 201
    assert left(await buy(rich, 1)) == 0
    assert (await buy(rich, 0)).status_code == 201
    await rich.wallet.run_jobs("send_withdrawals")


async def test_a_new_day_has_a_new_cap_and_the_total_goes_on(rich: Market) -> None:
    capped(rich, daily_cap_cents=100, total_cap_cents=150)
    assert (await buy(rich, 100)).status_code == 201
    assert left(await buy(rich, 1)) == 0
    with rich.wallet.clock.ahead(DAY):
        assert left(await buy(rich, 51)) == 50
        assert (await buy(rich, 50)).status_code == 201


async def test_what_is_refused_for_another_reason_is_not_spent(rich: Market) -> None:
    capped(rich, total_cap_cents=5000)
    answer = await withdraw(rich, 5000)
    assert answer.json()["error"]["code"] == "INSUFFICIENT_FUNDS"
    await rich.deposit(5000)
    assert (await buy(rich, 5000)).status_code == 201


async def test_another_key_of_the_account_is_not_bound(rich: Market) -> None:
    capped(rich, total_cap_cents=1)
    assert left(await buy(rich, 2)) == 1
    rich.poster = replace(rich.poster, spender=None)
    assert (await buy(rich, 2)).status_code == 201


async def test_a_bounty_beyond_the_cap_is_rejected_with_what_is_left(rich: Market) -> None:
    spender = capped(rich, daily_cap_cents=100)
    first, second = [Posted(rich.wallet, rich.poster.account_id, cents) for cents in (70, 40)]
    await first.tell(first.request(spender=spender), first.request(2, spender=spender))
    await second.tell(second.request(spender=spender))
    assert (await first.last()).status == "held"
    rejected = await second.last()
    assert (rejected.status, rejected.available_cents) == ("rejected", 30)
    assert rejected.rejection_reason == "spend_cap_exceeded"
    assert await balance(rich.wallet, rich.poster.account_id) == (930, 70)


@pytest.mark.parametrize(
    ("left_cents", "covered", "reason"),
    [
        (None, True, None),
        (100, True, None),
        (None, False, RejectionReason.INSUFFICIENT_BALANCE),
        (100, False, RejectionReason.INSUFFICIENT_BALANCE),
        (99, True, RejectionReason.SPEND_CAP_EXCEEDED),
        (99, False, RejectionReason.SPEND_CAP_EXCEEDED),
    ],
)
def test_the_cap_is_named_before_the_balance(
    left_cents: int | None, covered: bool, reason: RejectionReason | None
) -> None:
    assert reason_to_reject(100, left_cents, covered=covered) is reason


async def test_20_at_once_spend_no_more_than_the_cap(rich: Market) -> None:
    capped(rich, daily_cap_cents=100)
    answers = await asyncio.gather(*(withdraw(rich, 30) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 17
    assert await balance(rich.wallet, rich.poster.account_id) == (910, 90)
    await rich.wallet.run_jobs("send_withdrawals")
