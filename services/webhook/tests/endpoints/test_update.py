"""Changing endpoints, and replacing their secrets."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from joust_contracts.events import EndpointDisabled
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_webhook.endpoints.models import Endpoint, OldSecret


@pytest.fixture
def actor() -> Actor:
    return an_actor()


@pytest.fixture
async def endpoint(strict_webhooks: ServiceUnderTest, actor: Actor) -> dict[str, Any]:
    body = {"url": "https://example.com/a", "events": ["deal.created"]}
    made = await strict_webhooks.http.post(
        "/internal/endpoints", json=body, headers=strict_webhooks.as_actor(actor)
    )
    return dict(made.json())


async def ask(
    service: ServiceUnderTest,
    actor: Actor,
    method: str,
    endpoint: dict[str, Any],
    path: str = "",
    **json: Any,
) -> Any:
    url = f"/internal/endpoints/{endpoint['id']}{path}"
    return await service.http.request(method, url, json=json, headers=service.as_actor(actor))


async def stored(service: ServiceUnderTest, endpoint: dict[str, Any]) -> tuple[Endpoint, list[OldSecret]]:
    async with service.database.reading() as session:
        old = select(OldSecret).where(col(OldSecret.endpoint_id) == endpoint["id"])
        return await session.get_one(Endpoint, endpoint["id"]), list(await session.scalars(old))


async def test_the_fields_that_come_are_changed_and_no_others(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    task_id = str(RandomIds().new())
    shown = {name: value for name, value in endpoint.items() if name != "secret"}
    for change in (
        {"url": "https://example.org/b"},
        {"events": ["task.matched", "deal.created"]},
        {"task_ids": [task_id]},
        {"task_ids": None},
    ):
        shown |= change
        answer = await ask(strict_webhooks, actor, "PATCH", endpoint, **change)
        assert (answer.status_code, answer.json()) == (200, shown)
    assert (await stored(strict_webhooks, endpoint))[0].version == 5


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "https://u:p@example.com/"])
async def test_a_url_that_may_not_be_registered_may_not_be_moved_to(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any], url: str
) -> None:
    answer = await ask(strict_webhooks, actor, "PATCH", endpoint, url=url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert (await stored(strict_webhooks, endpoint))[0].url == endpoint["url"]


async def test_disabling_is_told_once_and_undone_by_enabling(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    for _ in range(2):
        answer = (await ask(strict_webhooks, actor, "PATCH", endpoint, enabled=False)).json()
        assert (answer["enabled"], answer["disabled_reason"], answer["active"]) == (False, "owner", True)
    told = [
        each
        for each in await strict_webhooks.emitted(EndpointDisabled)
        if each.account_id == actor.account_id
    ]
    assert [(str(each.endpoint_id), each.reason) for each in told] == [(endpoint["id"], "owner")]
    answer = (await ask(strict_webhooks, actor, "PATCH", endpoint, enabled=True)).json()
    assert (answer["enabled"], answer["disabled_reason"]) == (True, None)


async def test_a_new_secret_is_shown_and_the_old_one_kept_for_a_day(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    answer = (await ask(strict_webhooks, actor, "POST", endpoint, "/secrets")).json()
    assert answer["secret"].startswith("whsec_")
    assert answer["secret"] != endpoint["secret"]
    kept_for = datetime.fromisoformat(answer["old_secret_until"]) - strict_webhooks.clock.now()
    assert timedelta(hours=23, minutes=59) < kept_for <= timedelta(hours=24)
    vault = strict_webhooks.runtime.resources.vault
    now, (old,) = await stored(strict_webhooks, endpoint)
    assert vault.decrypt(now.secret_encrypted) == answer["secret"]
    assert vault.decrypt(old.secret_encrypted) == endpoint["secret"]


async def test_an_old_secret_that_has_leaked_is_out_at_once_with_all_before_it(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    await ask(strict_webhooks, actor, "POST", endpoint, "/secrets")
    answer = await ask(strict_webhooks, actor, "POST", endpoint, "/secrets", old_secret_seconds=0)
    assert answer.json()["old_secret_until"] is None
    assert (await stored(strict_webhooks, endpoint))[1] == []


async def test_no_more_than_four_old_secrets_sign_however_many_ask_at_once(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    rotations = [ask(strict_webhooks, actor, "POST", endpoint, "/secrets") for _ in range(6)]
    answers = await asyncio.gather(*rotations)
    assert sorted(each.status_code for each in answers) == [200] * 4 + [409] * 2
    with strict_webhooks.clock.ahead(timedelta(hours=25)):
        assert (await ask(strict_webhooks, actor, "POST", endpoint, "/secrets")).status_code == 200


async def test_an_old_secret_is_forgotten_once_it_signs_no_more(
    strict_webhooks: ServiceUnderTest, actor: Actor, endpoint: dict[str, Any]
) -> None:
    with strict_webhooks.clock.ahead(-timedelta(hours=25)):
        await ask(strict_webhooks, actor, "POST", endpoint, "/secrets")
    await ask(strict_webhooks, actor, "POST", endpoint, "/secrets")
    await strict_webhooks.prune()
    assert len((await stored(strict_webhooks, endpoint))[1]) == 1


MANAGING = [
    ("PATCH", "", {"enabled": False}),
    ("POST", "/secrets", {}),
    ("POST", "/replays", {"since": "2026-01-01T00:00:00Z"}),
    ("POST", "/recoveries", {"since": "2026-01-01T00:00:00Z"}),
    ("POST", "/deliveries/01a22600-0000-7000-8000-000000000000/resend", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), MANAGING)
async def test_a_deactivated_endpoint_is_not_managed_and_anothers_looks_absent(
    strict_webhooks: ServiceUnderTest,
    actor: Actor,
    endpoint: dict[str, Any],
    method: str,
    path: str,
    body: dict[str, Any],
) -> None:
    stranger = await ask(strict_webhooks, an_actor("stranger"), method, endpoint, path, **body)
    assert (stranger.status_code, stranger.json()["error"]["code"]) == (404, "NOT_FOUND")
    await ask(strict_webhooks, actor, "DELETE", endpoint)
    answer = await ask(strict_webhooks, actor, method, endpoint, path, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")


async def test_the_log_of_anothers_endpoint_looks_absent(
    strict_webhooks: ServiceUnderTest, endpoint: dict[str, Any]
) -> None:
    for path in ("/deliveries", f"/deliveries/{RandomIds().new()}"):
        answer = await ask(strict_webhooks, an_actor("stranger"), "GET", endpoint, path)
        assert answer.status_code == 404
