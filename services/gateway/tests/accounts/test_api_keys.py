"""Making, listing and revoking API keys."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import event, text

from joust_contracts.events import ApiKeyRevoked
from joust_contracts.vocabulary import Scope
from joust_gateway.access.holders import Holders
from joust_gateway.accounts.rules import hash_of
from joust_gateway.base import KIT
from joust_kit.database.database import Database
from joust_kit.testing.component import MovableClock, ServiceUnderTest
from services.gateway.tests.samples import Party, new_id, sign_up

KEYS = "/api/api-keys"


async def made_by(party: Party, **body: Any) -> dict[str, Any]:
    answer = await party.ask("POST", KEYS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def listed(party: Party) -> list[dict[str, Any]]:
    return list((await party.ask("GET", KEYS)).json()["data"])


async def status_with(party: Party, api_key: str) -> int:
    return (await party.ask("GET", KEYS, headers={"Authorization": f"Bearer {api_key}"})).status_code


async def test_a_key_is_shown_once_and_then_listed_by_its_prefix(poster: Party) -> None:
    made = await made_by(poster, name="nightly", scopes=["profile:read"])
    assert made["api_key"].startswith("platform_api_")
    first, second = await listed(poster)
    assert first == {key: value for key, value in made.items() if key != "api_key"}
    caps = {"daily_spend_cap_cents", "total_spend_cap_cents"}
    assert set(first) == {"id", "name", "prefix", "scopes", "created_at", "last_used_at", *caps}
    assert (first["name"], first["scopes"]) == ("nightly", ["profile:read"])
    assert made["api_key"].startswith(first["prefix"])
    assert second["scopes"] == [scope.value for scope in Scope]
    assert made["api_key"] not in str(await listed(poster))


async def test_a_key_can_be_made_without_a_body(poster: Party) -> None:
    answer = await poster.ask("POST", KEYS)
    assert answer.status_code == 201
    assert answer.json()["api_key"].startswith("straw_sk_")


async def test_the_table_does_not_hold_the_key(gateway: ServiceUnderTest, poster: Party) -> None:
    url = str(gateway.service.settings.database_url).replace("+asyncpg", "")
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT * FROM gateway.api_keys")
    await connection.close()
    assert poster.api_key not in str(rows)
    assert poster.api_key.encode() not in b"".join(row["key_hash"] for row in rows)


async def test_a_revoked_key_is_refused_from_then_on_and_leaves_the_list(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    made = await made_by(poster)
    assert await status_with(poster, made["api_key"]) == 200
    answer = await poster.ask("DELETE", f"{KEYS}?id={made['id']}")
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "revoked_at"}
    assert await status_with(poster, made["api_key"]) == 401
    assert made["id"] not in [key["id"] for key in await listed(poster)]
    told = [event for event in await gateway.emitted(ApiKeyRevoked) if str(event.aggregate_id) == made["id"]]
    assert [event.aggregate_version for event in told] == [2]


async def test_a_key_revoked_many_times_at_once_is_revoked_once(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    made = await made_by(poster)
    answers = await asyncio.gather(*(poster.ask("DELETE", f"{KEYS}?id={made['id']}") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["revoked_at"] for answer in answers}) == 1
    told = [event for event in await gateway.emitted(ApiKeyRevoked) if str(event.aggregate_id) == made["id"]]
    assert len(told) == 1


async def test_a_key_of_another_account_can_not_be_found(
    gateway: ServiceUnderTest, poster: Party, agent: Party
) -> None:
    made = await made_by(poster)
    for id in (made["id"], new_id()):
        answer = await agent.ask("DELETE", f"{KEYS}?id={id}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert await status_with(poster, made["api_key"]) == 200


@pytest.mark.parametrize(
    ("query", "status", "code"), [("?id=7", 400, "INVALID_UUID"), ("", 422, "VALIDATION_ERROR")]
)
async def test_a_key_is_revoked_by_a_uuid(poster: Party, query: str, status: int, code: str) -> None:
    answer = await poster.ask("DELETE", f"{KEYS}{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_limited_key_makes_no_key_that_can_do_more(poster: Party) -> None:
    limited = await poster.key_with("keys:manage", "wallet:read")
    await made_by(limited, scopes=["wallet:read"])
    for body in ({"scopes": ["wallet:read", "wallet:write"]}, {}):
        answer = await limited.ask("POST", KEYS, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
        assert "wallet:write" in answer.json()["error"]["details"]["missing_scopes"]


@pytest.mark.parametrize(
    "body",
    [{"scopes": []}, {"scopes": ["moon:fly"]}, {"name": ""}, {"name": "a\x00"}, {"scope": ["profile:read"]}],
)
async def test_a_key_that_is_asked_for_wrongly_is_not_made(poster: Party, body: dict[str, Any]) -> None:
    answer = await poster.ask("POST", KEYS, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert len(await listed(poster)) == 1


async def test_an_account_has_no_more_keys_than_it_may_even_at_once(open_gateway: Any) -> None:
    gateway = await open_gateway(max_active_keys=3)
    party = await sign_up(gateway)
    answers = await asyncio.gather(*(party.ask("POST", KEYS, json={}) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 4
    assert len(await listed(party)) == 3


async def test_a_repeated_request_gets_the_same_key_again(poster: Party) -> None:
    headers = {"Idempotency-Key": "once"}
    answers = [await poster.ask("POST", KEYS, json={"name": "x"}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await listed(poster)) == 2


async def test_a_secret_is_repeated_only_to_the_key_that_was_told_it(poster: Party) -> None:
    other = await poster.key_with("keys:manage")
    headers = {"Idempotency-Key": "mine"}
    body = {"scopes": ["keys:manage"]}
    first = await poster.ask("POST", KEYS, json=body, headers=headers)
    second = await other.ask("POST", KEYS, json=body, headers=headers)
    assert first.json()["api_key"] != second.json()["api_key"]


async def test_parallel_requests_with_one_idempotency_key_make_one_key(poster: Party) -> None:
    headers = {"Idempotency-Key": "parallel"}
    answers = await asyncio.gather(
        *(poster.ask("POST", KEYS, json={"name": "one"}, headers=headers) for _ in range(5))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["api_key"] for answer in answers if answer.status_code == 201}) == 1
    assert [key["name"] for key in await listed(poster)].count("one") == 1


async def test_another_gateway_goes_on_with_a_revoked_key_for_less_than_a_second(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    made = await made_by(poster)
    clock = MovableClock()
    elsewhere = Holders(Database(gateway.database.engine, KIT, clock=clock), 1)
    key_hash = hash_of(made["api_key"])
    assert await elsewhere.find(key_hash) is not None
    await poster.ask("DELETE", f"{KEYS}?id={made['id']}")
    with clock.ahead(timedelta(seconds=1)):
        assert await elsewhere.find(key_hash) is None


@contextmanager
def lookups(gateway: ServiceUnderTest) -> Iterator[list[str]]:
    """Statements that read keys, as they are sent."""
    statements: list[str] = []
    engine = gateway.database.engine.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "api_keys" in statement and "SELECT" in statement:
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_a_burst_of_requests_with_one_key_looks_it_up_once(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    holders = Holders(gateway.database, 1)
    with lookups(gateway) as made:
        found = await asyncio.gather(*(holders.find(hash_of(poster.api_key)) for _ in range(50)))
    assert None not in found
    assert len(made) == 1


async def test_a_request_that_is_cut_off_leaves_the_others_their_answer(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    holders = Holders(gateway.database, 1)
    first, second = (asyncio.create_task(holders.find(hash_of(poster.api_key))) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is not None
    assert first.cancelled()


async def test_an_answer_that_was_on_its_way_when_the_key_was_revoked_is_not_remembered(
    gateway: ServiceUnderTest, poster: Party
) -> None:
    holders = Holders(gateway.database, 1)
    with lookups(gateway) as made:
        asked = asyncio.create_task(holders.find(hash_of(poster.api_key)))
        await asyncio.sleep(0)
        holders.forget(uuid4())
        assert await asked is not None
        assert await holders.find(hash_of(poster.api_key)) is not None
    assert len(made) == 2


async def test_of_different_keys_a_few_are_looked_up_at_once_and_the_others_wait_for_a_while(
    gateway: ServiceUnderTest,
) -> None:
    holders = Holders(gateway.database, 0.2)
    async with gateway.database.transaction() as unit:
        await unit.session.execute(text("LOCK TABLE gateway.api_keys"))
        finding = [asyncio.create_task(holders.find(hash_of(str(number)))) for number in range(20)]
        refused, asking = await asyncio.wait(finding, timeout=1)
    assert {type(task.exception()) for task in refused} == {TimeoutError}
    assert len(asking) == 4
    assert await asyncio.gather(*asking) == [None] * 4


async def test_a_key_with_a_cap_shows_it_and_makes_no_other_key(poster: Party) -> None:
    made = await made_by(poster, daily_spend_cap_cents=500, total_spend_cap_cents=0)
    assert (made["daily_spend_cap_cents"], made["total_spend_cap_cents"]) == (500, 0)
    assert (await listed(poster))[0]["daily_spend_cap_cents"] == 500
    with_it = {"Authorization": f"Bearer {made['api_key']}"}
    answer = await poster.ask("POST", KEYS, json={"scopes": ["profile:read"]}, headers=with_it)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("cap", [-1, 1.5, "5", 10**13])
async def test_a_cap_that_is_no_amount_is_refused(poster: Party, cap: Any) -> None:
    answer = await poster.ask("POST", KEYS, json={"daily_spend_cap_cents": cap})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
