"""Signing up."""

import asyncio
from typing import Any

import pytest

from joust_contracts.events import AccountCreated, ApiKeyCreated
from joust_contracts.vocabulary import Scope
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import sign_up

ACCOUNTS = "/api/v1/accounts"


async def test_an_account_comes_with_an_agent_and_a_key_that_works(gateway: ServiceUnderTest) -> None:
    answer = await gateway.http.post(
        ACCOUNTS, json={"display_name": " Ada ", "email": "ada@example.com", "kind": "human"}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert set(made) == {"id", "display_name", "kind", "api_key", "created_at", "agent_id"}
    assert (made["display_name"], made["kind"]) == ("Ada", "human")
    assert made["api_key"].startswith("straw_sk_")
    listed = await gateway.http.get("/api/api-keys", headers={"Authorization": f"Bearer {made['api_key']}"})
    assert [key["name"] for key in listed.json()["data"]] == ["first key"]


async def test_the_kind_is_agent_unless_said(gateway: ServiceUnderTest) -> None:
    answer = await gateway.http.post(ACCOUNTS, json={"display_name": "Bot"})
    assert answer.json()["kind"] == "agent"


async def test_a_new_account_and_its_key_are_told_without_secrets(gateway: ServiceUnderTest) -> None:
    party = await sign_up(gateway, "Told")
    (account,) = await gateway.emitted(AccountCreated, aggregate_id=party.account_id)
    keys = [event for event in await gateway.emitted(ApiKeyCreated) if event.ordering_key == party.account_id]
    assert account.account.default_agent_id == party.agent_id
    assert account.account.display_name == "Told"
    assert keys[0].api_key.scopes == tuple(Scope)
    told = " ".join(event.model_dump_json() for event in await gateway.all_emitted())
    assert party.api_key not in told


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "display_name"),
        ({"display_name": "  "}, "display_name"),
        ({"display_name": "x" * 101}, "display_name"),
        ({"display_name": "a\x00b"}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"display_name": "Ada", "email": "not an address"}, "email"),
        ({"display_name": "Ada", "kind": "robot"}, "kind"),
        ({"display_name": "Ada", "role": "company"}, "role"),
    ],
)
async def test_a_field_that_is_not_valid_is_named(
    gateway: ServiceUnderTest, body: dict[str, Any], field: str
) -> None:
    answer = await gateway.http.post(ACCOUNTS, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert list(answer.json()["error"]["details"]) == [field]


async def test_a_repeated_sign_up_with_an_idempotency_key_makes_one_account(
    gateway: ServiceUnderTest,
) -> None:
    headers = {"Idempotency-Key": f"sign-up-{id(gateway)}"}
    first = await gateway.http.post(ACCOUNTS, json={"display_name": "Once"}, headers=headers)
    again = await gateway.http.post(ACCOUNTS, json={"display_name": "Once"}, headers=headers)
    other = await gateway.http.post(ACCOUNTS, json={"display_name": "Other"}, headers=headers)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_parallel_sign_ups_make_accounts_of_their_own(gateway: ServiceUnderTest) -> None:
    parties = await asyncio.gather(*(sign_up(gateway, "Twin") for _ in range(5)))
    assert len({party.account_id for party in parties}) == 5
    assert len({party.api_key for party in parties}) == 5
