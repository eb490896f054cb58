"""What an owner may read of the ledger: its lines by pages, and its balance at any moment."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from joust_kit.testing.component import an_actor
from services.wallet.tests.escrows.wishing import Posted
from services.wallet.tests.market import Market


async def page(market: Market, query: str = "") -> dict[str, Any]:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.get(f"/internal/transactions{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def balance_at(market: Market, at: datetime) -> tuple[int, int]:
    answer = await market.wallet.http.get(
        "/internal/balance", params={"at": at.isoformat()}, headers=market.wallet.as_actor(market.poster)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["available_cents"], answer.json()["held_cents"]


async def test_each_line_says_what_caused_it(market: Market) -> None:
    deposit = await market.deposit(1000)
    deal = await market.deal(an_actor(), 600)
    drop = Posted(market.wallet, market.poster.account_id, 300)
    await drop.tell(drop.request(), drop.pay_all_to(an_actor().account_id))
    shown = [
        (line["kind"], line["cause_id"], line["account"], line["amount_cents"], line["balance_after_cents"])
        for line in (await page(market))["data"]
    ]
    id = str(drop.id)
    assert shown[0] == ("escrow_payout", id, "held", -300, 0)
    assert set(shown[1:3]) == {
        ("escrow_hold", id, "available", -300, 100),
        ("escrow_hold", id, "held", 300, 300),
    }
    assert shown[3:] == [
        ("deal", deal["id"], "available", -600, 400),
        ("deposit", deposit["id"], "available", 1000, 1000),
    ]


async def test_nobody_sees_the_lines_of_another(market: Market) -> None:
    await market.deposit(1000)
    assert await page(Market(market.wallet)) == {"data": [], "next_cursor": None}


async def test_a_currency_has_lines_of_its_own(market: Market) -> None:
    await market.deposit(1000)
    await market.deposit(5, currency="eur")
    (line,) = (await page(market, "?currency=eur"))["data"]
    assert (line["amount_cents"], line["currency"]) == (5, "eur")


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
async def test_pages_join_without_gap_or_repetition_while_lines_are_added(market: Market, limit: int) -> None:
    for cents in range(1, 5):
        await market.deposit(cents * 100)
        drop = Posted(market.wallet, market.poster.account_id, cents)
        await drop.tell(drop.request())
    whole = (await page(market, "?limit=100"))["data"]
    assert len(whole) == 12
    read: list[Any] = []
    query = f"?limit={limit}"
    while True:
        shown = await page(market, query)
        read += shown["data"]
        if shown["next_cursor"] is None:
            break
        query = f"?limit={limit}&cursor={shown['next_cursor']}"
        await market.deposit(1)
    assert read == whole


@pytest.mark.parametrize(
    "cursor", ["", "x", "1-1", "1-1-", "-1-1-1", "1-1-1-1", "0-1-1", "01-1-1", "8000000000000000-1-1"]
)
async def test_a_cursor_that_is_none_is_refused(market: Market, cursor: str) -> None:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.get(f"/internal/transactions?cursor={cursor}", headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_balance_is_known_at_any_moment(market: Market) -> None:
    began = market.wallet.clock.now()
    drop = Posted(market.wallet, market.poster.account_id, 40)
    known = [(began - timedelta(seconds=1), (0, 0))]
    for number in range(1, 8):
        with market.wallet.clock.ahead(timedelta(hours=number)):
            await market.deposit(100)
            if number == 3:
                await drop.tell(drop.request())
            held = 40 if number >= 3 else 0
            known.append((market.wallet.clock.now(), (100 * number - held, held)))
    for at, balance in known:
        assert await balance_at(market, at) == balance
    assert await balance_at(market, began + timedelta(hours=4, minutes=30)) == (360, 40)
    assert await balance_at(market, datetime(9999, 1, 1, tzinfo=UTC)) == (660, 40)
