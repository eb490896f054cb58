"""What the gateway sends to services, and what it makes of their answers and silences."""

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.wallets import BalanceView
from joust_contracts.services import ServiceName
from joust_contracts.spending import Spender
from joust_kit.identity import ActorVerifier, new_key_pair
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_draft, a_task, new_id, sign_up

BALANCE = BalanceView(available_cents=7, held_cents=1, currency="usd")
BALANCE_PLACE = "wallet GET /internal/balance"


async def test_a_service_is_told_who_acts_by_a_token_for_it_alone(
    open_gateway: Any, services: FakeServices
) -> None:
    private_key, public_key = new_key_pair()
    gateway = await open_gateway(actor_private_key=private_key)
    party = await sign_up(gateway, "Ada")
    services.answer(BALANCE_PLACE, BALANCE)
    await party.ask("GET", "/api/v1/wallet/balance")
    (asked,) = services.asked
    actor = ActorVerifier(public_key, ServiceName.WALLET).verify(asked.headers["Joust-Actor"])
    assert (actor.account_id, actor.agent_id, actor.display_name) == (party.account_id, party.agent_id, "Ada")
    assert "Authorization" not in asked.headers
    assert party.api_key not in str(asked)


async def test_a_service_is_told_of_the_cap_of_the_key_that_came(
    open_gateway: Any, services: FakeServices
) -> None:
    private_key, public_key = new_key_pair()
    party = await sign_up(await open_gateway(actor_private_key=private_key), "Ada")
    services.answer(BALANCE_PLACE, BALANCE)
    made = (await party.ask("POST", "/api/api-keys", json={"total_spend_cap_cents": 7})).json()
    await party.ask("GET", "/api/v1/wallet/balance")
    with_it = {"Authorization": f"Bearer {made['api_key']}"}
    await party.ask("GET", "/api/v1/wallet/balance", headers=with_it)
    verifier = ActorVerifier(public_key, ServiceName.WALLET)
    without, capped = [verifier.verify(asked.headers["Joust-Actor"]) for asked in services.asked]
    assert without.spender is None
    assert capped.spender == Spender(key_id=UUID(made["id"]), total_cap_cents=7)


async def test_the_request_id_goes_to_the_service_and_back_to_the_caller(
    poster: Party, services: FakeServices
) -> None:
    services.answer(BALANCE_PLACE, BALANCE)
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    mine = {"Joust-Correlation-Id": "forged", "Joust-Actor": "forged", "Joust-After": "forged"}
    mine["traceparent"] = f"00-{trace_id}-00f067aa0ba902b7-01"
    answer = await poster.ask("GET", "/api/v1/wallet/balance", headers=mine)
    (asked,) = services.asked
    assert asked.headers["Joust-Correlation-Id"] == answer.headers["X-Request-Id"]
    assert "forged" not in str(asked.headers)
    assert trace_id in asked.headers["traceparent"]


async def test_the_events_of_a_request_carry_its_id(gateway: ServiceUnderTest) -> None:
    answer = await gateway.http.post("/api/v1/accounts", json={"display_name": "Ada"})
    told = [event for event in await gateway.all_emitted() if str(event.subject) == answer.json()["id"]]
    assert [event.correlation_id for event in told] == [answer.headers["X-Request-Id"]]


async def test_an_idempotency_key_goes_along_and_a_repeated_answer_is_marked(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id)
    services.answer("task POST /internal/tasks", task, 201, {"Idempotent-Replayed": "true"})
    answer = await poster.ask("POST", "/api/v1/tasks", json=a_draft(), headers={"Idempotency-Key": "k1"})
    assert services.asked[0].headers["Idempotency-Key"] == "k1"
    assert answer.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, ErrorCode.FORBIDDEN),
        (404, ErrorCode.NOT_FOUND),
        (409, ErrorCode.INVALID_TRANSITION),
        (409, ErrorCode.IDEMPOTENCY_KEY_IN_USE),
        (413, ErrorCode.FILE_TOO_LARGE),
        (422, ErrorCode.INVALID_WEIGHTS),
        (500, ErrorCode.INTERNAL_ERROR),
        (503, ErrorCode.SERVICE_UNAVAILABLE),
    ],
)
async def test_a_refusal_reaches_the_caller_as_the_service_gave_it(
    poster: Party, services: FakeServices, status: int, code: ErrorCode
) -> None:
    id = new_id()
    services.refuse(f"task POST /internal/tasks/{id}/close", status, code, {"Retry-After": "7"}, why="so")
    answer = await poster.ask("POST", f"/api/v1/tasks/{id}/close")
    assert answer.status_code == status
    assert answer.json() == {
        "error": {"message": f"Refused: {code}.", "code": code, "details": {"why": "so"}}
    }
    assert answer.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, "oops"),
        (502, "<html>"),
        (200, "not json"),
        (200, '{"available_cents": "many"}'),
        (302, ""),
        (401, '{"error": {"message": "no", "code": "UNAUTHORIZED"}}'),
    ],
)
async def test_an_answer_that_is_not_in_the_contract_is_503_and_not_the_callers_fault(
    poster: Party, services: FakeServices, status: int, body: str
) -> None:
    services.answer(BALANCE_PLACE, body, status, {"Location": "/elsewhere"})
    answer = await poster.ask("GET", "/api/v1/wallet/balance")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"


async def test_a_service_that_is_down_is_503_at_once(open_gateway: Any) -> None:
    gateway = await open_gateway(wallet_url="http://127.0.0.1:9")
    party = await sign_up(gateway)
    began = time.monotonic()
    answer = await party.ask("GET", "/api/v1/wallet/balance")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
    assert time.monotonic() - began < 1


async def test_a_service_that_hangs_is_503_in_time(poster: Party, services: FakeServices) -> None:
    services.hang(BALANCE_PLACE)
    began = time.monotonic()
    answer = await poster.ask("GET", "/api/v1/wallet/balance")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert time.monotonic() - began < 2


async def test_a_service_that_hangs_does_not_hold_up_requests_to_others(
    poster: Party, services: FakeServices
) -> None:
    services.hang("wallet GET /internal/deals")
    services.answer(BALANCE_PLACE, BALANCE)
    slow = asyncio.create_task(poster.ask("GET", "/api/v1/deals"))
    began = time.monotonic()
    assert (await poster.ask("GET", "/api/v1/wallet/balance")).status_code == 200
    assert time.monotonic() - began < 0.4
    assert (await slow).status_code == 503
