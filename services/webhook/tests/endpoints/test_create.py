"""Registering endpoints over the internal API."""

import asyncio
import base64
import json
from typing import Any

from sqlalchemy import select, text
from sqlmodel import col

from joust_contracts.internal.webhooks import EndpointView
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_webhook.endpoints.models import Endpoint


async def register(service: ServiceUnderTest, actor: Actor, **changes: Any) -> Any:
    body = {"url": "https://example.com/hook", "events": ["deal.created"], **changes}
    body = {name: value for name, value in body.items() if value is not None}
    return await service.http.post("/internal/endpoints", json=body, headers=service.as_actor(actor))


async def test_a_new_endpoint_is_answered_with_its_secret(strict_webhooks: ServiceUnderTest) -> None:
    answer = await register(strict_webhooks, an_actor(), events=["deal.created", "submission.failed"])
    assert answer.status_code == 201, answer.text
    endpoint = answer.json()
    assert set(endpoint) == {*EndpointView.model_fields, "secret"}
    assert endpoint["url"] == "https://example.com/hook"
    assert endpoint["events"] == ["deal.created", "submission.failed"]
    assert endpoint["active"] is True
    assert len(base64.b64decode(endpoint["secret"].removeprefix("whsec_"))) == 32


async def test_a_type_named_twice_is_kept_once(strict_webhooks: ServiceUnderTest) -> None:
    answer = await register(strict_webhooks, an_actor(), events=["deal.created"] * 3)
    assert answer.json()["events"] == ["deal.created"]


async def test_two_endpoints_have_different_secrets(strict_webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    first, second = await register(strict_webhooks, actor), await register(strict_webhooks, actor)
    assert first.json()["secret"] != second.json()["secret"]


async def test_the_secret_is_nowhere_in_the_database_in_the_clear(strict_webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    headers = strict_webhooks.as_actor(actor, **{"Idempotency-Key": "guess-me"})
    body = {"url": "https://example.com/", "events": ["deal.created"]}
    answer = await strict_webhooks.http.post("/internal/endpoints", json=body, headers=headers)
    again = await strict_webhooks.http.post("/internal/endpoints", json=body, headers=headers)
    assert again.json() == answer.json()
    secret = answer.json()["secret"].removeprefix("whsec_")
    dump = await _whole_schema(strict_webhooks)
    for form in (secret.encode(), base64.b64decode(secret), b"whsec_"):
        assert form not in dump
        assert form.hex().encode() not in dump


async def test_the_stored_secret_is_the_one_that_was_shown(strict_webhooks: ServiceUnderTest) -> None:
    endpoint = (await register(strict_webhooks, an_actor())).json()
    async with strict_webhooks.database.reading() as session:
        mine = select(Endpoint).where(col(Endpoint.id) == endpoint["id"])
        stored = (await session.scalars(mine)).one()
    vault = strict_webhooks.runtime.resources.vault
    assert vault.decrypt(stored.secret_encrypted) == endpoint["secret"]


async def test_a_hostile_url_is_refused_and_nothing_is_kept(strict_webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    for url in (
        "https://169.254.169.254/",
        "http://example.com/",
        "https://localhost/",
        "https://a.b\x85/",
        "https://user:password@example.com/",
        "https://example.com/#fragment",
        "https://example.com:0/",
        "https://example.com:65536/",
        "gopher://example.com/",
        "https://xn--/",
        "https://xn--l\u00f6calhost/",
        "https://ex\u0430mple.com/",
    ):
        answer = await register(strict_webhooks, actor, url=url)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
        assert answer.json()["error"]["details"]["url"].startswith("must ")
    assert await _count(strict_webhooks, actor) == 0


async def test_fields_that_are_wrong_are_named(strict_webhooks: ServiceUnderTest) -> None:
    for changes, field in (
        ({"url": None}, "url"),
        ({"url": ""}, "url"),
        ({"url": "https://example.com/" + "x" * 2048}, "url"),
        ({"url": "https://" + "x" * 10_000 + ".com/"}, "url"),
        ({"events": None}, "events"),
        ({"events": []}, "events"),
        ({"events": ["task.exploded"]}, "events.0"),
        ({"secret": "mine"}, "secret"),
    ):
        answer = await register(strict_webhooks, an_actor(), **changes)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
        assert field in answer.json()["error"]["details"]


async def test_a_request_without_the_gateways_token_is_refused(strict_webhooks: ServiceUnderTest) -> None:
    body = {"url": "https://example.com/", "events": ["deal.created"]}
    answer = await strict_webhooks.http.post("/internal/endpoints", json=body)
    assert answer.status_code == 401


async def test_at_the_limit_a_further_endpoint_is_refused_even_in_a_race(
    strict_webhooks: ServiceUnderTest,
) -> None:
    actor = an_actor()
    answers = await asyncio.gather(*(register(strict_webhooks, actor) for _ in range(26)))
    codes = [answer.status_code for answer in answers]
    assert sorted(codes) == [201] * 20 + [409] * 6
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["error"]["code"] == "CONFLICT"
    assert refused.json()["error"]["details"] == {"limit": 20}
    assert await _count(strict_webhooks, actor) == 20
    assert (await register(strict_webhooks, an_actor())).status_code == 201


async def _count(service: ServiceUnderTest, actor: Actor) -> int:
    async with service.database.reading() as session:
        mine = select(Endpoint).where(col(Endpoint.account_id) == actor.account_id)
        return len((await session.scalars(mine)).all())


async def _whole_schema(service: ServiceUnderTest) -> bytes:
    """Every row of every table, once as text and once as raw bytes where there are bytes."""
    found = b""
    async with service.database.reading() as session:
        named = text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'webhook'")
        for table in (await session.scalars(named)).all():
            rows = (await session.execute(text(f"SELECT t::text, to_jsonb(t) FROM webhook.{table} t"))).all()
            for row in rows:
                found += row[0].encode() + json.dumps(row[1]).encode()
                found += b"".join(
                    bytes.fromhex(value[2:])
                    for value in row[1].values()
                    if isinstance(value, str) and value.startswith("\\x")
                )
    return found
