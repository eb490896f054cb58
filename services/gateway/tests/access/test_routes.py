"""Every route asks for a key and a scope. A route without a row here fails."""

from typing import Any, NamedTuple

import pytest

from joust_contracts.vocabulary import Scope
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import Party, new_id

ID = str(new_id())


class Row(NamedTuple):
    """A route and what it asks for; ``None`` for no key at all."""

    method: str
    path: str
    scope: Scope | None


ROWS = [
    Row("POST", "/api/v1/accounts", None),
    Row("POST", "/api/api-keys", Scope.KEYS_MANAGE),
    Row("GET", "/api/api-keys", Scope.KEYS_MANAGE),
    Row("DELETE", "/api/api-keys", Scope.KEYS_MANAGE),
    Row("POST", "/api/v1/tasks", Scope.COMPETITIONS_WRITE),
    Row("GET", "/api/v1/tasks", Scope.PROFILE_READ),
    Row("GET", "/api/v1/tasks/{task_id}", Scope.PROFILE_READ),
    Row("POST", "/api/v1/tasks/{task_id}/publish", Scope.COMPETITIONS_PUBLISH),
    Row("POST", "/api/v1/tasks/{task_id}/close", Scope.COMPETITIONS_PUBLISH),
    Row("GET", "/api/v1/tasks/{task_id}/leaderboard", Scope.PROFILE_READ),
    Row("POST", "/api/v1/tasks/{task_id}/quick-submit", Scope.SUBMISSIONS_WRITE),
    Row("GET", "/api/v1/submissions/{submission_id}", Scope.PROFILE_READ),
    Row("GET", "/api/v1/submissions/{submission_id}/stream", Scope.PROFILE_READ),
    Row("POST", "/api/v1/wallet/deposits", Scope.WALLET_WRITE),
    Row("GET", "/api/v1/wallet/balance", Scope.WALLET_READ),
    Row("POST", "/api/v1/deals", Scope.SUBMISSIONS_REVIEW),
    Row("GET", "/api/v1/deals", Scope.SUBMISSIONS_REVIEW),
    Row("POST", "/api/v1/webhooks", Scope.WEBHOOKS_MANAGE),
]
KEYED = [row for row in ROWS if row.scope is not None]
BAD_HEADERS = [
    "",
    "Bearer",
    "Bearer ",
    "Bearer straw_sk_wrong",
    f"Bearer straw_sk_{'0' * 64}",
    f"Bearer platform_api_{'0' * 64}",
    "Bearer \u00e9",
    "Basic abc",
    f"straw_sk_{'0' * 64}",
]


def url_of(row: Row) -> str:
    path = row.path.replace("{task_id}", ID).replace("{submission_id}", ID)
    return f"{path}?id={ID}" if row.method == "DELETE" else path


def name_of(row: Row) -> str:
    return f"{row.method} {row.path}"


def operations(gateway: ServiceUnderTest) -> dict[tuple[str, str], Any]:
    paths = gateway.app.openapi()["paths"]
    return {
        (method.upper(), path): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }


def test_every_route_has_a_row(gateway: ServiceUnderTest) -> None:
    assert set(operations(gateway)) == {(row.method, row.path) for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=name_of)
def test_the_scope_of_a_route_is_in_the_document(gateway: ServiceUnderTest, row: Row) -> None:
    security = operations(gateway)[row.method, row.path].get("security")
    assert security == (None if row.scope is None else [{"apiKey": [row.scope.value]}])


@pytest.mark.parametrize("row", KEYED, ids=name_of)
async def test_a_request_without_a_valid_key_is_refused_always_in_the_same_words(
    gateway: ServiceUnderTest, row: Row
) -> None:
    url = url_of(row)
    plain = await gateway.http.request(row.method, url)
    answers = [plain] + [
        await gateway.http.request(row.method, url, headers={"Authorization": header.encode("latin-1")})
        for header in BAD_HEADERS
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.text for answer in answers} == {plain.text}
    assert plain.json()["error"]["code"] == "UNAUTHORIZED"
    assert plain.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("row", KEYED, ids=name_of)
async def test_a_key_without_the_scope_is_refused_and_told_which_it_lacks(poster: Party, row: Row) -> None:
    others = [scope.value for scope in Scope if scope != row.scope]
    limited = await poster.key_with(*others)
    refused = await limited.ask(row.method, url_of(row))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert refused.json()["error"]["details"] == {"required_scope": row.scope}


@pytest.mark.parametrize("row", KEYED, ids=name_of)
async def test_a_key_with_only_the_scope_is_let_in(poster: Party, row: Row) -> None:
    assert row.scope is not None
    limited = await poster.key_with(row.scope.value)
    answer = await limited.ask(row.method, url_of(row))
    assert answer.status_code not in (401, 500)
    assert answer.status_code != 403 or "missing_scopes" in answer.json()["error"]["details"]


async def test_the_scheme_is_read_in_any_case(poster: Party) -> None:
    headers = {"Authorization": f"bearer {poster.api_key}"}
    assert (await poster.http.get("/api/api-keys", headers=headers)).status_code == 200
