"""Webhooks in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.webhooks import (
    AttemptView,
    CreatedEndpoint,
    DeliveryDetail,
    DeliveryView,
    EndpointView,
    ResendView,
    RotatedSecret,
    TrialView,
)
from joust_contracts.vocabulary import AttemptError, DeliveryState, GiveUpReason, WebhookEventType
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id

FIELDS = {"id", "url", "events", "active", "created_at", "enabled", "disabled_reason", "task_ids"}
DELIVERY = DeliveryView(
    id=new_id(),
    event_id=new_id(),
    event_type=WebhookEventType.DEAL_CREATED,
    state=DeliveryState.FAILED,
    attempts=1,
    last_status=410,
    failure_reason=GiveUpReason.GONE,
    created_at=NOW,
    finished_at=NOW,
)
ENDPOINT = EndpointView(
    id=new_id(),
    url="https://example.com/x",
    events=(WebhookEventType.DEAL_CREATED,),
    active=True,
    created_at=NOW,
)


async def test_a_webhook_is_registered_and_its_secret_shown(poster: Party, services: FakeServices) -> None:
    events = (WebhookEventType.DEAL_CREATED, WebhookEventType.SUBMISSION_COMPLETED)
    made = CreatedEndpoint(
        id=new_id(), url="https://example.com/x", events=events, active=True, created_at=NOW, secret="whsec_x"
    )
    services.answer("webhook POST /internal/endpoints", made, 201)
    body = {"url": "https://example.com/x", "events": ["deal.created", "submission.completed"]}
    answer = await poster.ask("POST", "/api/v1/webhooks", json=body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "url", "events", "secret", "active", "created_at", "task_ids"}
    assert services.asked[0].body == {**body, "task_ids": None}


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://example.com", "events": []},
        {"url": "https://example.com", "events": ["moon.landed"]},
        {"url": "", "events": ["deal.created"]},
        {"events": ["deal.created"]},
        {"url": "https://example.com", "events": ["deal.created"], "secret": "mine"},
    ],
)
async def test_a_webhook_that_is_not_valid_is_refused(poster: Party, body: Any) -> None:
    answer = await poster.ask("POST", "/api/v1/webhooks", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_webhooks_are_listed_without_their_secrets(poster: Party, services: FakeServices) -> None:
    services.answer("webhook GET /internal/endpoints", Page(data=(ENDPOINT,), next_cursor="n"))
    listed = (await poster.ask("GET", "/api/v1/webhooks", params={"limit": 1, "cursor": "c"})).json()
    assert [set(each) for each in listed["data"]] == [FIELDS]
    assert listed["pagination"] == {"has_more": True, "next_cursor": "n"}
    assert services.asked[0].query == {"limit": "1", "cursor": "c"}


async def test_a_webhook_is_deactivated(poster: Party, services: FakeServices) -> None:
    gone = ENDPOINT.model_copy(update={"active": False})
    services.answer(f"webhook DELETE /internal/endpoints/{ENDPOINT.id}", gone)
    answer = await poster.ask("DELETE", f"/api/v1/webhooks/{ENDPOINT.id}")
    assert (answer.status_code, answer.json()["active"], set(answer.json())) == (200, False, FIELDS)


async def test_a_test_delivery_that_failed_is_an_answer_that_says_so(
    poster: Party, services: FakeServices
) -> None:
    trial = TrialView(delivered=False, status=None, latency_ms=5000, response="", error=AttemptError.TIMEOUT)
    services.answer(f"webhook POST /internal/endpoints/{ENDPOINT.id}/trials", trial)
    answer = await poster.ask("POST", f"/api/v1/webhooks/{ENDPOINT.id}/test")
    assert answer.status_code == 200
    assert answer.json() == {
        "delivered": False,
        "status": None,
        "latency_ms": 5000,
        "response": "",
        "error": "timeout",
    }


PATH = f"/api/v1/webhooks/{ENDPOINT.id}"
INTERNAL = f"/internal/endpoints/{ENDPOINT.id}"


async def test_only_what_was_sent_of_a_change_is_passed_on(poster: Party, services: FakeServices) -> None:
    services.answer(f"webhook PATCH {INTERNAL}", ENDPOINT)
    for body in (
        {"task_ids": None},
        {"enabled": False},
        {"events": ["deal.created"], "url": "https://e.com"},
    ):
        answer = await poster.ask("PATCH", PATH, json=body)
        assert (answer.status_code, set(answer.json())) == (200, FIELDS)
        assert services.asked[-1].body == body


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"events": []}),
        ("PATCH", "", {"enabled": None}),
        ("PATCH", "", {"url": None}),
        ("PATCH", "", {"secret": "mine"}),
        ("POST", "/rotate-secret", {"old_secret_seconds": -1}),
        ("POST", "/rotate-secret", {"old_secret_seconds": 604_801}),
        ("GET", "/deliveries?state=lost", None),
        ("POST", "/replay", {}),
        ("POST", "/replay", {"since": "2026-11-22T00:00:00Z", "until": "2026-11-22T00:00:00Z"}),
        ("POST", "/replay", {"since": "2026-11-22T00:00:00"}),
        ("POST", "/recover", {"since": "yesterday"}),
    ],
)
async def test_what_can_not_be_done_to_a_webhook_is_refused(
    poster: Party, method: str, path: str, body: Any
) -> None:
    answer = await poster.ask(method, PATH + path, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_secret_is_rotated_and_the_new_one_shown(poster: Party, services: FakeServices) -> None:
    rotated = RotatedSecret(endpoint_id=ENDPOINT.id, secret="whsec_y", old_secret_until=None)
    services.answer(f"webhook POST {INTERNAL}/secrets", rotated)
    answer = await poster.ask("POST", f"{PATH}/rotate-secret", json={"old_secret_seconds": 0})
    assert answer.json() == {"webhook_id": str(ENDPOINT.id), "secret": "whsec_y", "old_secret_until": None}


async def test_the_log_shows_deliveries_and_their_attempts(poster: Party, services: FakeServices) -> None:
    services.answer(f"webhook GET {INTERNAL}/deliveries", Page(data=(DELIVERY,)))
    listed = await poster.ask("GET", f"{PATH}/deliveries", params={"state": "failed"})
    (shown,) = listed.json()["data"]
    assert (shown["id"], shown["failure_reason"]) == (str(DELIVERY.id), "gone")
    assert services.asked[-1].query == {"limit": "20", "state": "failed"}
    attempt = AttemptView(
        number=1, status=410, error=None, latency_ms=7, started_at=NOW, response="moved away"
    )
    detail = DeliveryDetail(payload="{}", log=(attempt,), **DELIVERY.model_dump())
    services.answer(f"webhook GET {INTERNAL}/deliveries/{DELIVERY.id}", detail)
    found = (await poster.ask("GET", f"{PATH}/deliveries/{DELIVERY.id}")).json()
    assert (found["payload"], found["log"][0]["response"]) == ("{}", "moved away")


async def test_messages_are_sent_again(poster: Party, services: FakeServices) -> None:
    services.answer(f"webhook POST {INTERNAL}/deliveries/{DELIVERY.id}/resend", DELIVERY, 202)
    assert (await poster.ask("POST", f"{PATH}/deliveries/{DELIVERY.id}/resend")).status_code == 202
    begun = ResendView(id=new_id(), endpoint_id=ENDPOINT.id, since=NOW, until=NOW, failed_only=True)
    for what, asked in (("replays", "replay"), ("recoveries", "recover")):
        services.answer(f"webhook POST {INTERNAL}/{what}", begun, 202)
        answer = await poster.ask("POST", f"{PATH}/{asked}", json={"since": "2026-11-22T00:00:00Z"})
        assert (answer.status_code, answer.json()["webhook_id"]) == (202, str(ENDPOINT.id))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/api/v1/webhooks/{}"),
        ("POST", "/api/v1/webhooks/{}/test"),
        ("GET", "/api/v1/webhooks/{}/deliveries"),
        ("GET", "/api/v1/webhooks/{0}/deliveries/{0}"),
        ("POST", "/api/v1/webhooks/{0}/deliveries/{0}/resend"),
    ],
)
async def test_an_id_that_is_none_and_one_that_is_unknown_are_refused(
    poster: Party, services: FakeServices, method: str, path: str
) -> None:
    malformed = await poster.ask(method, path.format("hook"))
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, ErrorCode.INVALID_UUID)
    unknown = await poster.ask(method, path.format(new_id()))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, ErrorCode.NOT_FOUND)
