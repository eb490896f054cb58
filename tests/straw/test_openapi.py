"""What the Straw document promises stands in our OpenAPI document: endpoints, fields, limits, codes."""

import re
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from jsonschema import Draft202012Validator

from joust_webhook.deliveries.rules.signing import signed_headers
from tests.straw import ours
from tests.straw.described import Described, Operation
from tests.straw.document import Endpoint, endpoints, general_codes
from tests.straw.exceptions import LATER

PAGED = {"GET /api/public/tasks": "data[]."}
"""Where the document names the fields of one thing in a list; the list is paged like its others."""

ALL = endpoints()
BUILT = [each for each in ALL if str(each) not in LATER]
WITH_BODY = [each for each in BUILT if each.request]
WITH_QUERY = [each for each in BUILT if each.query]


@pytest.fixture(scope="module")
def described() -> Described:
    return ours.described()


def operation_of(described: Described, endpoint: Endpoint) -> Operation:
    found = described.operation(endpoint.method, endpoint.shape)
    assert found is not None, f"{endpoint} is missing"
    return found


def test_every_endpoint_is_there_and_no_exception_is_out_of_date(described: Described) -> None:
    missing = {str(each) for each in ALL if described.operation(each.method, each.shape) is None}
    assert missing == set(LATER)


def test_a_key_is_asked_for_where_the_document_says_so(described: Described) -> None:
    declared = {str(each): operation_of(described, each).needs_key for each in BUILT}
    assert declared == {str(each): each.needs_key for each in BUILT}


@pytest.mark.parametrize("endpoint", BUILT, ids=str)
def test_an_answer_has_every_documented_field(described: Described, endpoint: Endpoint) -> None:
    answers = operation_of(described, endpoint).answers()
    assert endpoint.content_type is None or endpoint.content_type in answers
    for name in endpoint.response_fields:
        place = PAGED.get(str(endpoint), "") + name
        assert described.at(answers["application/json"]["schema"], place), f"{place} is missing"
    if endpoint.status_values:
        (status,) = described.at(answers["application/json"]["schema"], "status")
        assert described.values(status) == endpoint.status_values


@pytest.mark.parametrize("endpoint", WITH_QUERY, ids=str)
def test_a_query_takes_every_documented_parameter(described: Described, endpoint: Endpoint) -> None:
    query = operation_of(described, endpoint).query
    for name, words in endpoint.query.items():
        assert name in query
        assert_as_documented(described, query[name], words, required=query[name]["required"])


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=str)
def test_a_request_takes_every_documented_field(described: Described, endpoint: Endpoint) -> None:
    bodies = operation_of(described, endpoint).bodies
    for name, words in endpoint.request.items():
        (body,) = [each for each in bodies if name in each.get("properties", {})]
        assert_as_documented(
            described, body["properties"][name], words, required=name in body.get("required", ())
        )


def assert_as_documented(described: Described, schema: Any, words: str, *, required: bool) -> None:
    """Whether it must be sent, what it may be, and its limits: as the document's words say."""
    if "(required" in words or ", required)" in words:
        assert required is (re.search("required (for|when|if)", words) is None)
    if "optional" in words or "default" in words:
        assert not required
    if (choices := re.match(r"[a-z_]+(?: ?\| ?[a-z_]+)+", words)) and "null" not in choices[0]:
        assert {choice.strip() for choice in choices[0].split("|")} <= described.values(schema)
    if default := re.search(r"default:? (\d+|\w+)\)", words):
        assert str(described.limit(schema, "default")).lower() == default[1]
    if bounds := re.search(r"\((\d+)-(\d+)", words):
        names = ("minLength", "maxLength") if "chars" in words else ("minimum", "maximum")
        assert [described.limit(schema, name) for name in names] == [int(bounds[1]), int(bounds[2])]
    if most := re.search(r"max (\d[\d,]*)( chars)?(?=[,)])", words):
        assert described.limit(schema, "maxLength" if most[2] else "maximum") == int(most[1].replace(",", ""))
    if least := re.search(r"\(min (\d+)(?=[,)])", words):
        assert described.limit(schema, "minimum") == int(least[1])


def test_every_endpoint_declares_the_codes_that_the_document_gives_it(described: Described) -> None:
    for endpoint in BUILT:
        assert set(endpoint.error_codes) <= set(operation_of(described, endpoint).codes()), str(endpoint)


def test_every_general_code_is_declared_somewhere(described: Described) -> None:
    declared = {code for operation in described.operations() for code in operation.codes()}
    assert set(general_codes()) - declared == set()


@pytest.mark.parametrize("endpoint", [each for each in BUILT if each.events], ids=str)
def test_the_documented_events_are_described(described: Described, endpoint: Endpoint) -> None:
    operation = operation_of(described, endpoint)
    if endpoint.content_type == "text/event-stream":
        found = described.at(operation.answers()["text/event-stream"]["schema"], "event")
        assert {value for event in found for value in described.values(event)} == endpoint.events
    else:
        (kind,) = described.at(operation.bodies[0], "events[]")
        # Drops have messages of their own, of which the Straw document knows nothing.
        straw = {value for value in described.values(kind) if not value.startswith(("drop.", "competition"))}
        assert straw == endpoint.events


def test_the_headers_of_a_webhook_are_described_as_they_are_sent(described: Described) -> None:
    sent = signed_headers(uuid4(), "{}", [f"whsec_{b64encode(bytes(24)).decode()}"], datetime.now(UTC))
    own = {name: value for name, value in sent.items() if name.startswith("webhook-")}
    assert len(own) == 3
    for kind, operation in described.webhooks.items():
        headers = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
        assert headers.keys() == own.keys(), kind
        for name, value in own.items():
            assert headers[name]["required"]
            Draft202012Validator(headers[name]["schema"]).validate(value)
