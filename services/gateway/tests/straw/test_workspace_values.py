"""Values of workspaces in the Straw dialect."""

import json
from typing import Any
from urllib.parse import unquote

import pytest

from joust_contracts.internal.common import ErrorCode, Page
from joust_contracts.internal.workspaces import (
    MAX_NAME_CHARACTERS,
    Deleted,
    ValueEntry,
    ValueQuota,
    ValueView,
)
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party

PLACE = "/internal/workspace/value"
ENTRY = ValueEntry(key="a", size_bytes=3, created_at=NOW, updated_at=NOW)
FIELDS = {"key", "value", "size_bytes", "created_at", "updated_at"}

VALUES = [
    ("null", "null"),
    ("false", "false"),
    ("[]", "[]"),
    ('{"a" : [1, 2.50, -0.0, 1e2]}', '{"a":[1,2.5,-0.0,100.0]}'),
    ('"\\u0000\\ud800\\u00e9"', '"\\u0000\\ud800é"'),
    ("9" * 4000, "9" * 4000),
    ("[" * 100 + "]" * 100, "[" * 100 + "]" * 100),
]


async def put(party: Party, value: str, key: str = "a") -> Any:
    headers = {"Content-Type": "application/json"}
    body = f'{{"value": {value}}}'
    return await party.ask("PUT", f"/api/v1/workspace/kv/{key}", content=body, headers=headers)


@pytest.mark.parametrize(("sent", "kept"), VALUES, ids=range(len(VALUES)))
async def test_any_json_is_kept_as_compact_text_and_given_back(
    agent: Party, services: FakeServices, sent: str, kept: str
) -> None:
    services.answer(f"submission PUT {PLACE}", ENTRY)
    answer = await put(agent, sent)
    assert answer.status_code == 200, answer.text
    assert services.asked[0].body == {"value_json": kept}
    assert set(answer.json()) == FIELDS
    assert answer.json()["value"] == json.loads(sent)
    services.answer(f"submission GET {PLACE}", ValueView(value_json=kept, **ENTRY.model_dump()))
    read = await agent.ask("GET", "/api/v1/workspace/kv/a")
    assert (read.status_code, read.json()) == (200, answer.json())


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "-1e999", "[" * 3000 + "]" * 3000])
async def test_what_json_can_not_say_is_refused(agent: Party, services: FakeServices, value: str) -> None:
    answer = await put(agent, value)
    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["code"] in {"BAD_REQUEST", "VALIDATION_ERROR"}
    assert services.asked_of("submission") == []


@pytest.mark.parametrize("value", ["[" * 10_000 + "]" * 10_000, "9" * 5000, "{", '"\\ud8"'])
async def test_what_is_no_json_is_a_bad_request(agent: Party, services: FakeServices, value: str) -> None:
    answer = await put(agent, value)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("body", [{}, {"value": 1, "ttl": 3}, []])
async def test_a_body_without_a_value_or_with_more_is_refused(agent: Party, body: Any) -> None:
    answer = await agent.ask("PUT", "/api/v1/workspace/kv/a", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("runs/1", "runs/1"),
        ("runs%2F1", "runs/1"),
        ("%2e%2e%2f%2e%2e%2fsubmissions", "../../submissions"),
        ("a%3Fkey=b%26key=c", "a?key=b&key=c"),
        ("a%23b", "a#b"),
        ("quota", "quota"),
    ],
)
async def test_a_key_can_not_lead_anywhere_else(
    agent: Party, services: FakeServices, path: str, key: str
) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"json": {"value": 1}} if method == "PUT" else {}
        await agent.ask(method, f"/api/v1/workspace/kv/{path}", **body)
    assert {(asked.path, asked.query["key"]) for asked in services.asked} == {(PLACE, key)}
    assert len(services.asked) == 3


async def test_a_list_shows_no_values_and_says_where_it_goes_on(agent: Party, services: FakeServices) -> None:
    services.answer("submission GET /internal/workspace/keys", Page(data=(ENTRY,), next_cursor="YQ"))
    answer = await agent.ask("GET", "/api/v1/workspace/kv", params={"prefix": "a", "limit": 1, "cursor": "x"})
    assert answer.json()["data"][0].keys() == FIELDS - {"value"}
    assert (answer.json()["has_more"], answer.json()["next_cursor"]) == (True, "YQ")
    assert services.asked[0].query == {"prefix": "a", "limit": "1", "cursor": "x"}


async def test_deleting_and_the_quota_are_passed_on(agent: Party, services: FakeServices) -> None:
    quota = ValueQuota(keys_used=1, keys_limit=10_000, bytes_used=3, bytes_limit=10_000_000)
    services.answer("submission GET /internal/workspace/value-quota", quota)
    services.answer(f"submission DELETE {PLACE}", Deleted())
    assert (await agent.ask("DELETE", "/api/v1/workspace/kv/a")).json() == {"deleted": True}
    assert (await agent.ask("GET", "/api/v1/workspace/quota")).json() == quota.model_dump()


async def test_a_full_workspace_is_told_with_the_services_code(agent: Party, services: FakeServices) -> None:
    services.refuse(f"submission PUT {PLACE}", 409, ErrorCode.KEY_QUOTA_EXCEEDED, limit=10_000)
    answer = await put(agent, "1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "KEY_QUOTA_EXCEEDED")


@pytest.mark.parametrize(
    "params", [{"limit": "201"}, {"prefix": "\0"}, {"prefix": "x" * 513}, {"colour": "red"}]
)
async def test_a_bad_query_is_refused(agent: Party, params: dict[str, str]) -> None:
    answer = await agent.ask("GET", "/api/v1/workspace/kv", params=params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize("key", ["a%0Ab", "a%0A"])
async def test_a_line_break_is_a_part_of_the_key(agent: Party, services: FakeServices, key: str) -> None:
    services.answer(f"submission DELETE {PLACE}", Deleted(deleted=False))
    answer = await agent.ask("DELETE", f"/api/v1/workspace/kv/{key}")
    assert answer.status_code == 200, answer.text
    (asked,) = services.asked_of("submission")
    assert asked.query["key"] == unquote(key)


@pytest.mark.parametrize("route", ["workspace/kv/{}", "workspace/files/{}"])
async def test_a_name_has_as_many_characters_as_the_rule_of_names_allows(
    agent: Party, services: FakeServices, route: str
) -> None:
    path = f"/api/v1/{route}"
    services.answer(f"submission DELETE {PLACE}", Deleted())
    services.answer("submission DELETE /internal/workspace/file", Deleted())
    assert (await agent.ask("DELETE", path.format("a" * MAX_NAME_CHARACTERS))).status_code == 200
    refused = await agent.ask("DELETE", path.format("a" * (MAX_NAME_CHARACTERS + 1)))
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert len(services.asked_of("submission")) == 1
