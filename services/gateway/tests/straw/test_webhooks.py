"""Webhooks in the Straw dialect."""

from typing import Any

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.webhooks import CreatedEndpoint, EndpointView, TrialView
from joust_contracts.vocabulary import AttemptError, WebhookEventType
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id

FIELDS = {"id", "url", "events", "active", "created_at"}
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
    assert set(answer.json()) == {"id", "url", "events", "secret", "active", "created_at"}
    assert services.asked[0].body == body


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


@pytest.mark.parametrize(
    ("method", "path"), [("DELETE", "/api/v1/webhooks/{}"), ("POST", "/api/v1/webhooks/{}/test")]
)
async def test_an_id_that_is_none_and_one_that_is_unknown_are_refused(
    poster: Party, services: FakeServices, method: str, path: str
) -> None:
    malformed = await poster.ask(method, path.format("hook"))
    assert (malformed.status_code, malformed.json()["error"]["code"]) == (400, ErrorCode.INVALID_UUID)
    unknown = await poster.ask(method, path.format(new_id()))
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, ErrorCode.NOT_FOUND)
