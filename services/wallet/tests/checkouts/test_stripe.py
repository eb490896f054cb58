"""Deposits by Stripe Checkout, against a stand-in of Stripe's API on this machine."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import stripe
from aiohttp import web

from joust_contracts.services import ServiceName
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.checkouts.stripe_checkout import TAKEN_BACK

SECRET = "whsec_of_tests"
PATH = "/internal/deposits"


@dataclass
class StandIn:
    """Answers as Stripe does, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Idempotency keys and forms."""

    async def create_session(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append((request.headers.get("Idempotency-Key", ""), form))
        if self.status == 400:
            error = {"type": "invalid_request_error", "message": "Amount must be at least 50 cents"}
            return web.json_response({"error": error}, status=400)
        if self.status != 200:
            return web.json_response({"error": {"type": "api_error"}}, status=self.status)
        made = {"id": "cs_1", "object": "checkout.session", "url": "https://checkout.example.com/cs_1"}
        return web.json_response(made)


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[StandIn]:
    stand_in = StandIn()
    app = web.Application()
    app.router.add_post("/v1/checkout/sessions", stand_in.create_session)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stand_in.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stand_in
    await runner.cleanup()


@pytest.fixture
def at_stripe(running: StandIn) -> StandIn:
    running.status = 200
    running.asked.clear()
    return running


@pytest.fixture(scope="module")
async def shop(
    open_service: Callable[..., Awaitable[ServiceUnderTest]], running: StandIn
) -> ServiceUnderTest:
    """A wallet whose deposits are paid at the stand-in."""
    return await open_service(
        ServiceName.WALLET,
        funding_provider="stripe",
        payout_provider="none",
        stripe_api_key="sk_test_1",
        stripe_webhook_secret=SECRET,
        stripe_return_url="https://arena.example.com/paid",
        stripe_api_url=running.url,
    )


async def deposit(shop: ServiceUnderTest, actor: Actor, **headers: str) -> httpx2.Response:
    return await shop.http.post(
        PATH, json={"amount_cents": 700}, headers=shop.as_actor(actor, **headers), timeout=30
    )


async def available(shop: ServiceUnderTest, actor: Actor) -> int:
    answer = await shop.http.get("/internal/balance", headers=shop.as_actor(actor))
    return int(answer.json()["available_cents"])


def an_event(form: dict[str, str], kind: str = "checkout.session.completed", **changes: Any) -> str:
    session = {
        "id": "cs_1",
        "object": "checkout.session",
        "payment_status": "paid",
        "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
        "currency": form["line_items[0][price_data][currency]"],
        "metadata": {name: form[f"metadata[{name}]"] for name in ("deposit_id", "account_id")},
        **changes,
    }
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": session}})


async def told(
    shop: ServiceUnderTest, payload: str, secret: str = SECRET, at: float | None = None
) -> httpx2.Response:
    signed_at = int(time.time() if at is None else at)
    signature = stripe.WebhookSignature.generate_signature_header(payload, secret, signed_at)
    notice = {"payload": payload, "signature": signature}
    return await shop.http.post(f"{PATH}/notices", json=notice, headers=shop.as_actor(an_actor()))


async def test_a_deposit_is_paid_at_stripe_and_credited_when_stripe_says_so(
    shop: ServiceUnderTest, at_stripe: StandIn
) -> None:
    actor = an_actor()
    begun = (await deposit(shop, actor)).json()
    assert begun["checkout_url"] == "https://checkout.example.com/cs_1"
    [(key, form)] = at_stripe.asked
    assert (key, form["metadata[account_id]"]) == (begun["id"], str(actor.account_id))
    assert await available(shop, actor) == 0
    answers = await asyncio.gather(*(told(shop, an_event(form)) for _ in range(10)))
    assert {(answer.status_code, answer.json()["credited"]) for answer in answers} == {(200, True)}
    assert await available(shop, actor) == 700


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "checkout.session.expired"},
        {"payment_status": "unpaid"},
        {"metadata": {}},
        {"amount_total": None},
    ],
)
async def test_what_is_no_payment_of_a_deposit_is_taken_and_credits_nothing(
    shop: ServiceUnderTest, at_stripe: StandIn, changes: dict[str, Any]
) -> None:
    actor = an_actor()
    await deposit(shop, actor)
    answer = await told(shop, an_event(at_stripe.asked[0][1], **changes))
    assert (answer.status_code, answer.json()["credited"]) == (200, False)
    assert await available(shop, actor) == 0


@pytest.mark.parametrize("kind", ["charge.refunded", "charge.dispute.created"])
async def test_a_deposit_that_is_taken_back_stays_and_is_told_to_who_runs_the_wallet(
    shop: ServiceUnderTest, at_stripe: StandIn, kind: str
) -> None:
    actor = an_actor()
    await deposit(shop, actor)
    form = at_stripe.asked[0][1]
    await told(shop, an_event(form))
    before, counted = await available(shop, actor), TAKEN_BACK.labels(kind)._value.get()
    answer = await told(shop, an_event(form, kind=kind))
    assert (answer.status_code, answer.json()["credited"]) == (200, False)
    assert await available(shop, actor) == before > 0
    assert TAKEN_BACK.labels(kind)._value.get() == counted + 1


async def test_what_is_not_signed_by_stripe_or_too_long_ago_is_refused(
    shop: ServiceUnderTest, at_stripe: StandIn
) -> None:
    actor = an_actor()
    await deposit(shop, actor)
    event = an_event(at_stripe.asked[0][1])
    refused = [
        await told(shop, event, secret="whsec_of_somebody"),
        await told(shop, event, at=time.time() - 301),
        await told(shop, "no json"),
        await shop.http.post(
            f"{PATH}/notices", json={"payload": event, "signature": ""}, headers=shop.as_actor(actor)
        ),
    ]
    assert [answer.status_code for answer in refused] == [400] * 4
    assert await available(shop, actor) == 0


async def test_a_repeated_request_begins_one_deposit(shop: ServiceUnderTest, at_stripe: StandIn) -> None:
    actor = an_actor()
    first, second = [await deposit(shop, actor, **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert first.json() == second.json()
    assert len(at_stripe.asked) == 1


@pytest.mark.parametrize(("status", "ours"), [(400, 422), (401, 503), (500, 503)])
async def test_what_stripe_refuses_or_fails_at_is_no_deposit(
    shop: ServiceUnderTest, at_stripe: StandIn, status: int, ours: int
) -> None:
    at_stripe.status = status
    assert (await deposit(shop, an_actor())).status_code == ours
    assert len({key for key, _ in at_stripe.asked}) == 1
