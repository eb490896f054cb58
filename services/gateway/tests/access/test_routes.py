"""Every route asks for a key and the scope that the table of who may do what says."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2
import pytest

from joust_contracts.vocabulary import Scope
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import Party, new_id
from tests.authorisation.calls import Calls
from tests.authorisation.table import Route, scopes

ID = str(new_id())
SCOPES = scopes()
KEYED = [(route, scope) for route, scope in SCOPES.items() if scope is not None]
OPEN_PAGES = {
    "/livez",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/asyncapi.json",
    "/docs",
    "/docs/swagger-ui-bundle.js",
    "/docs/swagger-ui.css",
    "/docs/favicon.png",
}
"""What anybody may read, and OpenAPI does not list."""
CONVERTER = re.compile(r":\w+\}")
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


@pytest.fixture(scope="module")
def calls(gateway: ServiceUnderTest) -> Calls:
    return Calls(gateway.app.openapi())


def url_of(calls: Calls, route: Route) -> str:
    names = (
        "task_id",
        "submission_id",
        "evaluation_id",
        "attachment_id",
        "agent_id",
        "webhook_id",
        "delivery_id",
        "job_id",
        "competition_id",
        "draft_id",
        "asset_upload_id",
    )
    others = ("id", "key", "path")
    path, params = calls.address(
        route, {**dict.fromkeys((*names, *others), ID), "iteration": "1", "kind": "cheat"}
    )
    return str(httpx2.URL(path, params=params))


def test_every_route_has_a_row(calls: Calls) -> None:
    assert calls.routes == set(SCOPES)


def test_no_route_hides_from_the_document_but_the_open_pages(gateway: ServiceUnderTest, calls: Calls) -> None:
    served = set(paths_of(gateway.app.routes))
    assert served - {route.path for route in calls.routes} == OPEN_PAGES


def paths_of(routes: Sequence[Any]) -> Iterator[str]:
    """Paths of the routes, also of those in included routers."""
    for route in routes:
        included = getattr(route, "original_router", None)
        # OpenAPI does not say how a parameter is read.
        yield from [CONVERTER.sub("}", route.path)] if included is None else paths_of(included.routes)


@pytest.mark.parametrize("route", SCOPES, ids=str)
def test_the_scope_of_a_route_is_in_the_document(calls: Calls, route: Route) -> None:
    scope = SCOPES[route]
    assert calls.security_of(route) == (None if scope is None else [{"apiKey": [scope.value]}])


@pytest.mark.parametrize(("route", "scope"), KEYED, ids=str)
async def test_a_request_without_a_valid_key_is_refused_always_in_the_same_words(
    gateway: ServiceUnderTest, calls: Calls, route: Route, scope: Scope
) -> None:
    url = url_of(calls, route)
    plain = await gateway.http.request(route.method, url)
    answers = [plain] + [
        await gateway.http.request(route.method, url, headers={"Authorization": header.encode("latin-1")})
        for header in BAD_HEADERS
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert {answer.text for answer in answers} == {plain.text}
    assert plain.json()["error"]["code"] == "UNAUTHORIZED"
    assert plain.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("route", "scope"), KEYED, ids=str)
async def test_a_key_without_the_scope_is_refused_and_told_which_it_lacks(
    poster: Party, calls: Calls, route: Route, scope: Scope
) -> None:
    limited = await poster.key_with(*(each.value for each in Scope if each != scope))
    refused = await limited.ask(route.method, url_of(calls, route))
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert refused.json()["error"]["details"] == {"required_scope": scope}


@pytest.mark.parametrize(("route", "scope"), KEYED, ids=str)
async def test_a_key_with_only_the_scope_is_let_in(
    poster: Party, calls: Calls, route: Route, scope: Scope
) -> None:
    limited = await poster.key_with(scope.value)
    answer = await limited.ask(route.method, url_of(calls, route))
    assert answer.status_code not in (401, 500)
    assert answer.status_code != 403 or "missing_scopes" in answer.json()["error"]["details"]


async def test_the_scheme_is_read_in_any_case(poster: Party) -> None:
    headers = {"Authorization": f"bearer {poster.api_key}"}
    assert (await poster.http.get("/api/api-keys", headers=headers)).status_code == 200
