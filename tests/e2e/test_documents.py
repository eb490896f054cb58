"""OpenAPI of the gateway, AsyncAPI of every service, and what every process says of itself."""

import json
from importlib import import_module
from typing import Any

import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from tests.support.commands import printed_by

WITH_THE_DEPLOYMENTS_SECRET = {"get /api/cron/enforce-deadlines"}
"""No key of an account opens them."""
WITH_A_KEY_OR_WITHOUT = {
    "get /api/competitions/{competition_id}",
    "get /api/competitions/{competition_id}/leaderboard",
}
"""Anybody may ask; a key that comes has to be valid."""


async def openapi_of(stack: Stack) -> dict[str, Any]:
    async with httpx2.AsyncClient(base_url=stack.urls["gateway"], timeout=60) as http:
        return dict((await http.get("/openapi.json")).json())


async def test_every_operation_is_described_with_examples_and_its_errors(stack: Stack) -> None:
    """Whether the document is valid is what the gateway's own tests look at."""
    document = await openapi_of(stack)
    assert document["openapi"].startswith("3.1")
    operations = [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len({operation["operationId"] for _, operation in operations}) == len(operations)
    for name, operation in operations:
        assert operation.get("summary"), name
        statuses = set(operation["responses"])
        assert statuses & {"200", "201", "202"}, name
        assert "429" in statuses, name
        assert "503" in statuses, name
        unknown = operation["responses"].get("401", {}).get("content", {}).get("application/json", {})
        others = WITH_THE_DEPLOYMENTS_SECRET | WITH_A_KEY_OR_WITHOUT
        asks_who_calls = bool(operation.get("security")) or name in others
        assert ("UNAUTHORIZED" in unknown.get("examples", {})) is asks_who_calls, name
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values():
                assert "examples" in media or "example" in media or media.get("schema"), (name, status)


async def test_the_webhooks_that_are_sent_are_documented(stack: Stack) -> None:
    document = await openapi_of(stack)
    assert {"task.status_changed", "submission.completed", "deal.created"} <= set(document["webhooks"])


async def test_the_asyncapi_is_printed_by_command(stack: Stack) -> None:
    assert json.loads(await printed_by(stack, "task", "asyncapi"))["asyncapi"].startswith("3.")


@pytest.mark.parametrize("name", ServiceName)
async def test_a_services_asyncapi_lists_what_it_takes_and_tells(stack: Stack, name: ServiceName) -> None:
    async with httpx2.AsyncClient(base_url=stack.urls[name]) as http:
        document = (await http.get("/asyncapi.json")).json()
    assert document["asyncapi"].startswith("3.")
    text = json.dumps(document)
    table = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS
    for event in [*table.emits, *table.event_types.values()]:
        assert event.wire_type() in text, event.wire_type()


@pytest.mark.parametrize("name", ServiceName)
async def test_a_process_reports_its_health_and_its_metrics(stack: Stack, name: ServiceName) -> None:
    async with httpx2.AsyncClient(base_url=stack.urls[name]) as http:
        assert (await http.get("/livez")).json() == {"status": "ok"}
        ready = await http.get("/readyz")
        assert ready.status_code == 200
        assert {"database", "kafka"} <= set(ready.json()["checks"])
        assert "joust_http_request_seconds" in (await http.get("/metrics")).text
