"""Whatever is sent, the answer is an error that says what to do, and never a 500."""

import pytest

from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, new_id, sign_up

JSON = "application/json"
HUGE = b"9" * 5000
DEEP = b"[" * 10_000 + b"]" * 10_000

BODIES: dict[str, tuple[bytes, str, int]] = {
    "nothing": (b"", JSON, 422),
    "no JSON": (b"{", JSON, 400),
    "no UTF-8": (b'{"a": "\xff"}', JSON, 400),
    "half a character": (b'{"files": {"a": "\\ud800"}}', JSON, 422),
    "a character over": (b'{"files": {"\\udfff": "b"}}', JSON, 422),
    "not a number": (b'{"files": NaN}', JSON, 422),
    "infinite": (b'{"files": {"a": Infinity}}', JSON, 422),
    "a huge number": (b'{"files": ' + HUGE + b"}", JSON, 400),
    "deep": (DEEP, JSON, 400),
    "deep objects": (b'{"files":' * 10_000 + b"1" + b"}" * 10_000, JSON, 400),
    "deeper than much": (10 * DEEP, JSON, 413),
    "null": (b"null", JSON, 422),
    "a list": (b"[]", JSON, 422),
    "a string": (b'"files"', JSON, 422),
    "a NUL in a name": (b'{"files": {"a\\u0000": "b"}}', JSON, 422),
    "a form": (b"files=a", "application/x-www-form-urlencoded", 400),
    "text": (b'{"files": {"a": "b"}}', "text/plain", 400),
    "multipart": (b"--x--", "multipart/form-data; boundary=x", 400),
    "a second field of the same name": (b'{"files": {"a": "b"}, "files": 7}', JSON, 422),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_that_can_not_be_taken_is_refused(
    agent: Party, services: FakeServices, name: str
) -> None:
    content, media_type, status = BODIES[name]
    path = f"/api/v1/tasks/{new_id()}/quick-submit"
    answer = await agent.ask("POST", path, content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status, answer.text
    assert set(answer.json()["error"]) == {"message", "code", "details"}
    assert services.asked == []


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e400", "1e5", "9" * 400])
async def test_a_number_that_is_no_amount_is_refused(agent: Party, value: str) -> None:
    content = f'{{"amount_cents": {value}}}'.encode()
    answer = await agent.ask(
        "POST", "/api/v1/wallet/deposits", content=content, headers={"Content-Type": JSON}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_a_body_without_a_content_type_is_asked_to_have_one(agent: Party) -> None:
    answer = await agent.ask("POST", "/api/v1/wallet/deposits", content=b'{"amount_cents": 1}')
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")
    assert "Content-Type" in answer.json()["error"]["message"]


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_is_too_large_is_refused(open_gateway: object, declared: bool) -> None:
    gateway: ServiceUnderTest = await open_gateway(max_body_bytes=1000)  # type: ignore[operator]
    party = await sign_up(gateway)
    body = b'{"files": {"a": "' + b"x" * 2000 + b'"}}'

    async def chunks() -> object:
        for start in range(0, len(body), 100):
            yield body[start : start + 100]

    answer = await party.ask(
        "POST",
        f"/api/v1/tasks/{new_id()}/quick-submit",
        content=body if declared else chunks(),
        headers={"Content-Type": JSON},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_an_idempotency_key_of_a_wrong_length_is_refused(agent: Party, key: str) -> None:
    answer = await agent.ask("POST", "/api/api-keys", json={}, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "NOT_FOUND"),
        ("GET", "/api/v1/nothing", 404, "NOT_FOUND"),
        ("GET", "/api/v1/tasks/", 404, "NOT_FOUND"),
        ("PATCH", "/api/v1/deals", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/internal/tasks", 404, "NOT_FOUND"),
        ("GET", "/api/v1/tasks/%00", 400, "INVALID_UUID"),
        ("GET", "/api/v1/tasks/..%2f..%2finternal", 404, "NOT_FOUND"),
    ],
)
async def test_a_path_that_is_not_there_is_answered_in_the_same_shape(
    agent: Party, method: str, path: str, status: int, code: str
) -> None:
    answer = await agent.ask(method, path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "X-Request-Id" in answer.headers


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/v1/deals", "GET, POST"),
        ("/api/v1/workspace/files/a/b", "GET, DELETE"),
        ("/api/v1/accounts", "POST"),
    ],
)
async def test_a_refused_method_is_told_all_that_the_path_has(agent: Party, path: str, methods: str) -> None:
    answer = await agent.ask("OPTIONS", path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, methods)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"scopes": []}, {"scopes": "must have 1 or more items"}),
        ({"scopes": "wallet:read"}, {"scopes": "must be an array"}),
        ({"nmae": "ci"}, {"nmae": "is not known here"}),
        ([], {"body": "must be an object"}),
    ],
)
async def test_what_is_wrong_is_said_in_words_of_json(agent: Party, body: object, details: object) -> None:
    answer = await agent.ask("POST", "/api/api-keys", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == details


async def test_a_list_is_not_called_short_for_what_is_wrong_within_it(agent: Party) -> None:
    answer = await agent.ask("POST", "/api/api-keys", json={"scopes": ["profile:everything"]})
    assert set(answer.json()["error"]["details"]) == {"scopes.0"}
