"""After a restore: what the provider sent and the wallet does not know is listed, and is not sent again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.resources import Resources
from joust_wallet.withdrawals.errors import AlreadyKnown, NotCovered, PayoutUnknown
from joust_wallet.withdrawals.providers import PayoutOrder
from joust_wallet.withdrawals.reconciling import adopt, compare_payouts
from services.wallet.tests.escrows.wishing import balance
from services.wallet.tests.market import Market
from services.wallet.tests.withdrawals.rails import Rail

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
async def rail(market: Market) -> Any:
    """The provider of a poster with 1000 cents."""
    before: Resources = market.wallet.runtime.resources
    scripted = Rail()
    market.wallet.runtime.resources = replace(before, payouts=scripted)
    await market.deposit(1000)
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    await market.wallet.http.put("/internal/payout", json=account, headers=headers(market))
    yield scripted
    market.wallet.runtime.resources = before


def headers(market: Market) -> dict[str, str]:
    return market.wallet.as_actor(market.poster)


async def taken(market: Market, cents: int) -> str:
    answer = await market.wallet.http.post(
        "/internal/withdrawals", json={"amount_cents": cents}, headers=headers(market)
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def differences(wallet: ServiceUnderTest, rail: Rail) -> dict[str, str]:
    found = await compare_payouts(rail, wallet.runtime, LONG_AGO)
    assert {each.kind for each in found} <= {"payout"}
    return {each.subject: each.detail for each in found}


async def forgotten(market: Market, rail: Rail, cents: int) -> str:
    """A payout of a withdrawal that was made after the backup: the provider alone knows it."""
    known = await taken(market, 1)
    await market.wallet.run_jobs("send_withdrawals")
    (like,) = [order for order in rail.asked if order.idempotency_key == known]
    order = replace(like, idempotency_key=str(RandomIds().new()), amount_cents=cents)
    await rail.send(order)
    return order.idempotency_key


async def test_what_is_known_on_both_sides_is_no_difference(market: Market, rail: Rail) -> None:
    await taken(market, 40)
    await market.wallet.run_jobs("send_withdrawals")
    assert await differences(market.wallet, rail) == {}


async def test_a_withdrawal_that_was_sent_after_the_backup_is_not_sent_again(
    market: Market, rail: Rail
) -> None:
    rail.answers = [rail.lost_after]
    withdrawal = await taken(market, 40)
    with pytest.raises(PayoutUnknown):
        await market.wallet.run_jobs("send_withdrawals")
    (detail,) = (await differences(market.wallet, rail)).values()
    assert detail.endswith("was sent, and is unknown here")
    await market.wallet.run_jobs("send_withdrawals", also_future=True)
    assert await differences(market.wallet, rail) == {}
    assert rail.sent == {withdrawal: 1}


async def test_a_payout_that_nobody_here_knows_is_listed_and_booked_once(market: Market, rail: Rail) -> None:
    payout = await forgotten(market, rail, 300)
    assert set(await differences(market.wallet, rail)) == {payout}
    (sent,) = [each for each in await rail.sent_since(LONG_AGO) if each.order.idempotency_key == payout]
    async with market.wallet.database.transaction() as unit:
        booked = await adopt(unit, sent, market.poster.account_id)
    assert (booked.id, booked.status, booked.provider_reference) == (UUID(payout), "paid", f"ref_{payout}")
    assert await balance(market.wallet, market.poster.account_id) == (699, 0)
    assert await differences(market.wallet, rail) == {}
    with pytest.raises(AlreadyKnown):
        async with market.wallet.database.transaction() as unit:
            await adopt(unit, sent, market.poster.account_id)


async def test_a_payout_whose_money_was_spent_meanwhile_is_left_to_a_human(
    market: Market, rail: Rail
) -> None:
    payout = await forgotten(market, rail, 1000)
    (sent,) = [each for each in await rail.sent_since(LONG_AGO) if each.order.idempotency_key == payout]
    with pytest.raises(NotCovered):
        async with market.wallet.database.transaction() as unit:
            await adopt(unit, sent, market.poster.account_id)
    assert await balance(market.wallet, market.poster.account_id) == (999, 0)


async def test_another_amount_is_a_difference(market: Market, rail: Rail) -> None:
    withdrawal = await taken(market, 40)
    await market.wallet.run_jobs("send_withdrawals")
    (order,) = rail.asked
    rail.asked.append(_with_amount(order, 41))
    assert (await differences(market.wallet, rail))[withdrawal].endswith("is known as 40 usd")


def _with_amount(order: PayoutOrder, cents: int) -> PayoutOrder:
    return replace(order, amount_cents=cents)
