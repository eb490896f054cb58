"""Taking money out: held at once, then paid once or given back, whatever the provider answers (M12)."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.resources import Resources
from joust_wallet.withdrawals import timers
from joust_wallet.withdrawals.errors import PayoutUnknown
from joust_wallet.withdrawals.providers import Unanswered
from services.wallet.tests.escrows.wishing import balance
from services.wallet.tests.market import Market
from services.wallet.tests.withdrawals.rails import Rail


@pytest.fixture
def rail(wallet: ServiceUnderTest) -> Iterator[Rail]:
    before: Resources = wallet.runtime.resources
    scripted = Rail()
    wallet.runtime.resources = replace(before, payouts=scripted)
    yield scripted
    wallet.runtime.resources = before


@pytest.fixture
async def rich(market: Market, rail: Rail) -> Market:
    """A poster with 1000 cents and an external account."""
    await market.deposit(1000)
    await be_paid_at(market, payout_method="stripe_usd", payout_address="acct_1")
    return market


async def be_paid_at(market: Market, **payout: str) -> None:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.put("/internal/payout", json=payout, headers=headers)
    assert answer.status_code == 200, answer.text


async def withdraw(market: Market, cents: Any, **headers: str) -> httpx2.Response:
    return await market.wallet.http.post(
        "/internal/withdrawals",
        json={"amount_cents": cents},
        headers=market.wallet.as_actor(market.poster, **headers),
    )


async def taken(market: Market, cents: int) -> str:
    answer = await withdraw(market, cents)
    assert (answer.status_code, answer.json()["status"]) == (201, "pending"), answer.text
    return str(answer.json()["id"])


async def listed(market: Market, query: str = "") -> dict[str, Any]:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.get(f"/internal/withdrawals{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def newest(market: Market) -> dict[str, Any]:
    return dict((await listed(market))["data"][0])


async def money(market: Market) -> tuple[int, int]:
    return await balance(market.wallet, market.poster.account_id)


async def send(market: Market) -> None:
    """Run the waiting jobs; one that fails stays for the next time."""
    await market.wallet.run_jobs("send_withdrawals", also_future=True)


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestAsking:
    """The request."""

    async def test_the_amount_is_held_until_it_is_sent(self, rich: Market, rail: Rail) -> None:
        id = await taken(rich, 600)
        assert await money(rich) == (400, 600)
        await send(rich)
        assert await money(rich) == (400, 0)
        shown = await newest(rich)
        assert (shown["status"], shown["provider_reference"], shown["attempts"]) == ("paid", f"ref_{id}", 1)
        assert rail.asked[0].amount_cents == 600

    async def test_more_than_there_is_is_refused_with_what_there_is(self, rich: Market) -> None:
        answer = await withdraw(rich, 1001)
        assert refusal(answer) == (409, "INSUFFICIENT_FUNDS")
        assert answer.json()["error"]["details"] == {"required": 1001, "available": 1000}
        assert await money(rich) == (1000, 0)

    async def test_who_has_not_said_where_it_is_paid_is_refused(self, market: Market, rail: Rail) -> None:
        await market.deposit(100)
        assert refusal(await withdraw(market, 100)) == (409, "NO_PAYOUT_METHOD")

    async def test_an_address_that_was_not_verified_is_refused(self, rich: Market) -> None:
        address = "0x" + "ab" * 20
        await be_paid_at(rich, payout_method="onchain_usdc", payout_address=address, payout_chain="base")
        assert refusal(await withdraw(rich, 100)) == (409, "PAYOUT_NOT_VERIFIED")

    async def test_without_a_provider_nothing_is_taken(self, unfunded: ServiceUnderTest) -> None:
        assert refusal(await withdraw(Market(unfunded), 1)) == (409, "CONFLICT")

    @pytest.mark.parametrize("cents", [0, -1, 1.5, "100", None, 10**15])
    async def test_an_amount_that_is_none_is_refused(self, rich: Market, cents: Any) -> None:
        assert refusal(await withdraw(rich, cents)) == (422, "VALIDATION_ERROR")

    async def test_20_at_once_take_no_more_than_there_is(self, rich: Market) -> None:
        answers = await asyncio.gather(*(withdraw(rich, 90) for _ in range(20)))
        assert sorted(answer.status_code for answer in answers) == [201] * 11 + [409] * 9
        assert await money(rich) == (10, 990)
        await send(rich)
        assert await money(rich) == (10, 0)

    async def test_a_repeated_request_is_one_withdrawal(self, rich: Market) -> None:
        key = {"Idempotency-Key": "once"}
        first, again = await withdraw(rich, 100, **key), await withdraw(rich, 100, **key)
        assert first.json() == again.json()
        assert await money(rich) == (900, 100)
        await send(rich)


class TestSending:
    """What the provider answers."""

    async def test_a_refusal_gives_it_back(self, rich: Market, rail: Rail) -> None:
        rail.answers = [rail.refused]
        await taken(rich, 600)
        await send(rich)
        shown = await newest(rich)
        assert (shown["status"], shown["failure_reason"]) == ("failed", "The account is closed.")
        assert await money(rich) == (1000, 0)
        assert rail.sent.total() == 0

    @pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
    async def test_what_nobody_knows_is_held_and_shown_and_asked_again_under_the_same_key(
        self, rich: Market, rail: Rail, lost: str
    ) -> None:
        rail.answers = [getattr(rail, lost)] * 2
        id = await taken(rich, 600)
        for attempts in (1, 2):
            with pytest.raises(PayoutUnknown):
                await send(rich)
            shown = await newest(rich)
            assert (shown["status"], shown["attempts"]) == ("unknown", attempts)
            assert await money(rich) == (400, 600)
        await send(rich)
        assert (await newest(rich))["status"] == "paid"
        assert {order.idempotency_key for order in rail.asked} == {id}
        assert rail.sent == {id: 1}
        assert await money(rich) == (400, 0)

    async def test_an_answer_that_says_nothing_is_no_answer(self, rich: Market, rail: Rail) -> None:
        rail.answers = [lambda _: Unanswered("502")]
        await taken(rich, 600)
        with pytest.raises(PayoutUnknown):
            await send(rich)
        assert (await newest(rich))["status"] == "unknown"
        await send(rich)

    async def test_it_goes_to_where_the_account_was_paid_when_it_asked(
        self, rich: Market, rail: Rail
    ) -> None:
        await taken(rich, 100)
        await be_paid_at(rich, payout_method="stripe_usd", payout_address="acct_2")
        await send(rich)
        assert [order.destination.address for order in rail.asked] == ["acct_1"]

    async def test_a_worker_that_died_with_the_answer_is_followed_by_one_that_asks_for_the_same(
        self, rich: Market, rail: Rail
    ) -> None:
        class Died(BaseException):
            """As the process would."""

        async def die(*_: Any) -> None:
            raise Died

        id = await taken(rich, 600)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(timers, "note_outcome", die)
            with pytest.raises(Died):
                await send(rich)
        assert (await newest(rich))["status"] == "sending"
        await send(rich)
        assert rail.sent == {id: 1}
        assert (await newest(rich))["attempts"] == 2
        assert await money(rich) == (400, 0)

    async def test_one_that_is_over_is_not_asked_for_again(self, rich: Market, rail: Rail) -> None:
        id = await taken(rich, 600)
        async with rich.wallet.database.transaction() as unit:
            again = timers.SendWithdrawal.model_validate({"withdrawal_id": id})
            await unit.schedule(timers.send_withdrawal, again)
        await send(rich)
        assert len(rail.asked) == 1

    async def test_what_comes_back_pays_the_deals_that_waited(self, rich: Market, rail: Rail) -> None:
        rail.answers = [rail.refused]
        await taken(rich, 600)
        deal = await rich.deal(an_actor(), 700)
        assert deal["status"] == "pending"
        await send(rich)
        await rich.wallet.run_jobs("settle_deals")
        assert await rich.status_of(deal) == "settled"


async def test_the_list_is_by_pages_and_ones_own(rich: Market) -> None:
    ids = [await taken(rich, cents) for cents in (1, 2, 3)]
    first = await listed(rich, "?limit=2")
    second = await listed(rich, f"?limit=2&cursor={first['next_cursor']}")
    assert [each["id"] for page in (first, second) for each in page["data"]] == ids[::-1]
    assert await listed(Market(rich.wallet)) == {"data": [], "next_cursor": None}
    await send(rich)
