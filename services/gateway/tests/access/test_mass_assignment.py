"""What the server owns can't be set by a caller: each write refuses every such field by its name."""

from collections.abc import Mapping
from typing import Any

import pytest

from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, new_id
from tests.authorisation.calls import Calls
from tests.authorisation.table import Route, scopes
from tests.support.owned import OWNED


class OneId(dict[str, str]):
    """The same id for every placeholder."""

    def __missing__(self, name: str) -> str:
        return ID


ID = str(new_id())
IDS = OneId()
OTHERS_WORDS = {"/api/v1/wallet/deposits/stripe-events"}
"""What Stripe signs is read as Stripe writes it, and nothing of it becomes a field of ours."""
WRITES = [
    route for route in scopes() if route.method in {"POST", "PUT", "PATCH"} and route.path not in OTHERS_WORDS
]


def body_schema(document: Mapping[str, Any], route: Route) -> Mapping[str, Any] | None:
    """The object that a route takes as JSON, ``None`` if it takes none."""
    operation = document["paths"][route.path][route.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    schema = None if content is None else content.get("schema")
    if schema is None:
        return None
    return resolved(document, schema)


def resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            schema = option
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


@pytest.fixture(scope="module")
def document(gateway: ServiceUnderTest) -> dict[str, Any]:
    return gateway.app.openapi()


@pytest.mark.parametrize("route", WRITES, ids=str)
async def test_a_write_takes_no_field_that_the_server_owns(
    agent: Party, services: FakeServices, document: dict[str, Any], route: Route
) -> None:
    schema = body_schema(document, route)
    request = Calls(document).request(route, IDS)
    sneaked = OWNED if schema is None else OWNED - set(schema["properties"])
    if request.body is None and schema is None:
        return  # takes no JSON: nothing of it could set a field
    body = {**(request.body or {}), **dict.fromkeys(sneaked, "sneaked")}
    answer = await agent.ask(route.method, request.path, params=request.params, json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert sneaked <= set(answer.json()["error"]["details"])
    assert services.asked == []


@pytest.mark.parametrize("route", WRITES, ids=str)
async def test_objects_within_a_body_take_no_unknown_field_either(
    agent: Party, services: FakeServices, document: dict[str, Any], route: Route
) -> None:
    body = Calls(document).request(route, IDS).body or {}
    for name, value in body.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            sneaked = {"id", "score", "account_id"} - value[0].keys()
            changed = {**body, name: [{**value[0], **dict.fromkeys(sneaked, "sneaked")}, *value[1:]]}
            path = Calls(document).request(route, IDS).path
            answer = await agent.ask(route.method, path, json=changed)
            assert answer.status_code == 422, answer.text
            assert {f"{name}.0.{field}" for field in sneaked} <= set(answer.json()["error"]["details"])
            assert services.asked == []


@pytest.mark.parametrize("route", WRITES, ids=str)
def test_a_body_that_is_an_object_of_fields_says_that_it_takes_no_others(
    document: dict[str, Any], route: Route
) -> None:
    schema = body_schema(document, route)
    assert schema is None or schema.get("additionalProperties") is False
