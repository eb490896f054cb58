"""Deposits over the internal API, and the balance that they make."""

import asyncio

import pytest

from joust_contracts.base import MAX_CENTS
from joust_kit.testing.component import ServiceUnderTest, an_actor
from services.wallet.tests.market import Market


async def test_a_deposit_is_credited_at_once_and_answers_the_balance(market: Market) -> None:
    first = await market.deposit(1500)
    assert (first["amount_cents"], first["currency"]) == (1500, "usd")
    assert first["balance"] == {"available_cents": 1500, "held_cents": 0, "currency": "usd"}
    assert (await market.deposit(1))["balance"]["available_cents"] == 1501
    assert await market.available() == 1501


async def test_who_never_deposited_has_0(market: Market) -> None:
    headers = market.wallet.as_actor(an_actor())
    answer = await market.wallet.http.get("/internal/balance", headers=headers)
    assert answer.json() == {"available_cents": 0, "held_cents": 0, "currency": "usd"}


async def test_each_currency_is_counted_by_itself(market: Market) -> None:
    await market.deposit(100)
    answer = await market.deposit(70, currency="eur")
    assert answer["balance"] == {"available_cents": 70, "held_cents": 0, "currency": "eur"}
    assert (await market.available(), await market.available(currency="eur")) == (100, 70)


async def test_the_balance_of_another_account_is_not_touched(market: Market) -> None:
    other = an_actor()
    await market.deposit(100, by=other)
    assert await market.available() == 0


async def test_64_deposits_at_once_are_all_credited(market: Market) -> None:
    await asyncio.gather(*(market.deposit(cents) for cents in range(1, 65)))
    assert await market.available() == sum(range(1, 65))


async def test_the_same_idempotency_key_is_credited_once(market: Market) -> None:
    headers = market.wallet.as_actor(market.poster, **{"Idempotency-Key": "once"})

    async def deposit(cents: int) -> int:
        answer = await market.wallet.http.post(
            "/internal/deposits", json={"amount_cents": cents}, headers=headers
        )
        return answer.status_code

    statuses = await asyncio.gather(*(deposit(100) for _ in range(20)))
    assert set(statuses) <= {201, 409}
    assert await deposit(100) == 201
    assert await deposit(101) == 422
    assert await market.available() == 100


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"amount_cents": 0},
        {"amount_cents": -5},
        {"amount_cents": 1.5},
        {"amount_cents": "100"},
        {"amount_cents": True},
        {"amount_cents": MAX_CENTS + 1},
        {"amount_cents": 10**400},
        {"amount_cents": None},
        {"amount_cents": 100, "currency": "USD"},
        {"amount_cents": 100, "currency": "us"},
        {"amount_cents": 100, "currency": "usd\u0000"},
        {"amount_cents": 100, "owner_id": "somebody"},
    ],
)
async def test_what_is_no_amount_is_refused(market: Market, body: dict[str, object]) -> None:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.post("/internal/deposits", json=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert await market.available() == 0


async def test_the_largest_amount_is_credited_to_the_cent(market: Market) -> None:
    await market.deposit(MAX_CENTS)
    await market.deposit(MAX_CENTS)
    assert await market.available() == 2 * MAX_CENTS


async def test_without_a_funding_provider_a_deposit_is_refused(unfunded: ServiceUnderTest) -> None:
    headers = unfunded.as_actor(an_actor())
    answer = await unfunded.http.post("/internal/deposits", json={"amount_cents": 100}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert "no funding provider" in answer.json()["error"]["message"]
    balance = await unfunded.http.get("/internal/balance", headers=headers)
    assert balance.json()["available_cents"] == 0


async def test_a_currency_that_is_none_has_no_balance(market: Market) -> None:
    headers = market.wallet.as_actor(market.poster)
    answer = await market.wallet.http.get("/internal/balance?currency=dollars", headers=headers)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/internal/deposits"),
        ("GET", "/internal/balance"),
        ("POST", "/internal/deals"),
        ("GET", "/internal/deals"),
    ],
)
async def test_a_request_without_the_gateways_token_is_refused(
    wallet: ServiceUnderTest, method: str, path: str
) -> None:
    for headers in ({}, {"Joust-Actor": "eyJhbGciOiJub25lIn0.e30."}):
        answer = await wallet.http.request(method, path, headers=headers, json={"amount_cents": 1})
        assert answer.status_code == 401
