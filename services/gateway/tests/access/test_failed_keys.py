"""Guessing keys: it tells nothing, is soon refused, and keeps no owner out."""

import math
import secrets
import time
from collections.abc import Sequence
from statistics import fmean, variance
from typing import Any

import httpx2
import pytest

from joust_gateway.access.holders import Holders
from joust_gateway.accounts.repository import find_holder
from joust_gateway.accounts.rules import FULL_PREFIX, beginning_of, hash_of, new_key
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import Party, sign_up

KEYS = "/api/api-keys"
GUESSES = 10_000
SAMPLES = 2_000


async def guarded(open_gateway: Any, **settings: Any) -> ServiceUnderTest:
    gateway: ServiceUnderTest = await open_gateway(
        rate_limit_enabled=True,
        rate_limit_general_per_minute=100_000,
        rate_limit_accounts_per_minute=1000,
        trusted_proxies=["127.0.0.0/8"],
        **settings,
    )
    return gateway


async def ask(gateway: ServiceUnderTest, key: str, address: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}", "X-Forwarded-For": address}
    return await gateway.http.get(KEYS, headers=headers)


def guess_like(beginning: str) -> str:
    random = new_key(None).secret
    return beginning + random[len(beginning) :]


async def test_guesses_from_one_address_are_refused_within_twenty(open_gateway: Any) -> None:
    gateway = await guarded(open_gateway)
    answers = [await ask(gateway, new_key(None).secret, "198.51.100.1") for _ in range(20)]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [401] * 10 + [429] * 10
    refused = answers[-1]
    assert refused.json()["error"]["details"] == {"limit": "failed_keys", "per_minute": 10}
    assert int(refused.headers["Retry-After"]) > 0
    assert (await ask(gateway, new_key(None).secret, "198.51.100.2")).status_code == 401


async def test_guesses_at_one_beginning_are_refused_wherever_they_come_from(open_gateway: Any) -> None:
    gateway = await guarded(open_gateway)
    beginning = f"{FULL_PREFIX}{secrets.token_hex(2)}"
    statuses = [(await ask(gateway, guess_like(beginning), f"198.51.100.{n}")).status_code for n in range(20)]
    assert statuses == [401] * 10 + [429] * 10


async def test_an_owner_gets_in_while_others_guess_from_the_same_address_and_at_the_same_beginning(
    open_gateway: Any,
) -> None:
    gateway = await guarded(open_gateway)
    owner = await sign_up(gateway)
    beginning = beginning_of(owner.api_key)
    assert beginning is not None
    for _ in range(20):
        await ask(gateway, guess_like(beginning), "198.51.100.1")
    assert (await ask(gateway, guess_like(beginning), "198.51.100.1")).status_code == 429
    assert (await ask(gateway, owner.api_key, "198.51.100.1")).status_code == 200
    assert (await ask(gateway, owner.api_key, "198.51.100.77")).status_code == 200


async def test_a_request_with_an_idempotency_key_counts_once(open_gateway: Any) -> None:
    gateway = await guarded(open_gateway)
    answers = []
    for number in range(11):
        headers = {
            "Authorization": f"Bearer {new_key(None).secret}",
            "X-Forwarded-For": "198.51.100.1",
            "Idempotency-Key": str(number),
        }
        answers.append(await gateway.http.post(KEYS, json={}, headers=headers))
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


async def test_a_request_without_a_key_is_no_guess(open_gateway: Any) -> None:
    gateway = await guarded(open_gateway)
    assert {(await gateway.http.get(KEYS)).status_code for _ in range(15)} == {401}


async def test_ten_thousand_guesses_open_nothing(gateway: ServiceUnderTest, poster: Party) -> None:
    """Half of them begin as a real key does; past the limits, straight at the table."""
    beginning = beginning_of(poster.api_key)
    assert beginning is not None
    async with gateway.database.reading() as session:
        for number in range(GUESSES):
            guess = guess_like(beginning) if number % 2 else new_key(None).secret
            assert await find_holder(session, hash_of(guess)) is None
        assert await find_holder(session, hash_of(poster.api_key)) is not None


@pytest.mark.parametrize("kind", ["unknown", "malformed", "revoked", "of another's beginning"])
async def test_a_key_that_does_not_work_costs_the_same_statements_and_is_refused_in_the_same_words(
    gateway: ServiceUnderTest, poster: Party, kind: str
) -> None:
    beginning = beginning_of(poster.api_key)
    assert beginning is not None
    made = (await poster.ask("POST", KEYS, json={})).json()
    await poster.ask("DELETE", f"{KEYS}?id={made['id']}")
    key = {
        "unknown": new_key(None).secret,
        "malformed": "straw_sk_wrong",
        "revoked": made["api_key"],
        "of another's beginning": guess_like(beginning),
    }[kind]
    holders: Holders = gateway.app.state.resources.holders
    looked_up = []
    find, holders.find = holders.find, lambda key_hash: looked_up.append(key_hash) or find(key_hash)  # type: ignore[method-assign, func-returns-value]
    try:
        answer = await poster.ask("GET", KEYS, headers={"Authorization": f"Bearer {key}"})
    finally:
        holders.find = find  # type: ignore[method-assign]
    assert looked_up == [hash_of(key)]
    assert answer.status_code == 401
    assert answer.json()["error"] == {
        "message": "Send a valid API key as 'Authorization: Bearer straw_sk_...'.",
        "code": "UNAUTHORIZED",
        "details": {},
    }


async def test_the_time_of_a_refusal_tells_nothing_about_the_key(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    """Welch's t-test on guesses that share nothing with a real key, and those that share all but their end."""
    samples: tuple[list[float], list[float]] = ([], [])
    async with gateway.database.reading() as session:
        for number in range(SAMPLES):
            far, near = new_key(None).secret, poster.api_key[:-8] + secrets.token_hex(4)
            # In turns and in changing order, so that what else the machine does meets both alike.
            pair = [(samples[0], far), (samples[1], near)]
            for times, key in pair if number % 2 else reversed(pair):
                began = time.perf_counter_ns()
                assert await find_holder(session, hash_of(key)) is None
                times.append(float(time.perf_counter_ns() - began))
    assert abs(welch_t(*map(without_outliers, samples))) < 4.5


def without_outliers(times: Sequence[float]) -> list[float]:
    """The faster nine tenths: what interrupts the machine says nothing about keys."""
    return sorted(times)[: len(times) * 9 // 10]


def welch_t(first: Sequence[float], second: Sequence[float]) -> float:
    spread = variance(first) / len(first) + variance(second) / len(second)
    return (fmean(first) - fmean(second)) / math.sqrt(spread)


def test_the_measure_of_time_would_find_a_difference() -> None:
    steady = [100.0 + number % 7 for number in range(1000)]
    assert abs(welch_t(steady, [each + 1 for each in steady])) > 4.5
