"""How often one client may ask."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
import time_machine

from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import Party, a_draft, a_task, new_id, sign_up

BALANCE = "/api/v1/wallet/balance"


@pytest.fixture(autouse=True)
def a_window_has_just_begun() -> Iterator[None]:
    """Windows slide: at their edge, a count of two weighs less than two."""
    with time_machine.travel(datetime.now(UTC).replace(second=0, microsecond=0), tick=True):
        yield


async def limited(open_gateway: Any, **limits: int) -> ServiceUnderTest:
    names = {f"rate_limit_{name}_per_minute": value for name, value in limits.items()}
    proxies = ["127.0.0.0/8"]
    gateway: ServiceUnderTest = await open_gateway(
        rate_limit_enabled=True, trusted_proxies=proxies, **{"rate_limit_general_per_minute": 1000, **names}
    )
    return gateway


async def ask_from(party: Party, address: str, method: str, path: str, **options: Any) -> httpx2.Response:
    return await party.ask(method, path, headers={"X-Forwarded-For": address}, **options)


async def test_the_seeds_numbers_are_the_defaults(gateway: ServiceUnderTest) -> None:
    fields = type(gateway.service.settings).model_fields
    names = ("general", "submissions", "mutations", "accounts")
    defaults = [fields[f"rate_limit_{name}_per_minute"].default for name in names]
    assert defaults == [60, 10, 10, 10]
    assert fields["rate_limit_enabled"].default is True


async def test_answers_tell_where_the_client_stands_and_the_last_one_when_to_come_again(
    open_gateway: Any,
) -> None:
    gateway = await limited(open_gateway, general=3)
    party = await sign_up(gateway)
    answers = [await ask_from(party, "198.51.100.1", "GET", "/api/api-keys") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"3"}
    refused = answers[-1]
    assert refused.json()["error"]["code"] == "RATE_LIMITED"
    assert refused.json()["error"]["details"] == {"limit": "general", "per_minute": 3}
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"]
    assert "X-Request-Id" in refused.headers


async def test_another_address_has_a_count_of_its_own(open_gateway: Any) -> None:
    gateway = await limited(open_gateway, general=1)
    party = await sign_up(gateway)
    for address in ("198.51.100.1", "198.51.100.2"):
        answers = [await ask_from(party, address, "GET", "/api/api-keys") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]


async def test_a_forwarded_address_does_not_help_who_is_no_trusted_proxy(open_gateway: Any) -> None:
    gateway = await open_gateway(rate_limit_enabled=True, rate_limit_general_per_minute=2)
    party = await sign_up(gateway)
    statuses = [
        (await ask_from(party, f"198.51.100.{n}", "GET", "/api/api-keys")).status_code for n in range(3)
    ]
    assert statuses == [200, 429, 429]


TASK_ID = "0190f5fe-0000-7000-8000-000000000000"
"""The same in each run and each worker, for it is part of the names of tests."""


@pytest.mark.parametrize(
    ("limit", "method", "path", "body"),
    [
        ("submissions", "POST", f"/api/v1/tasks/{TASK_ID}/quick-submit", {"files": {"a": "b"}}),
        ("mutations", "POST", "/api/v1/tasks", a_draft()),
        ("mutations", "POST", f"/api/v1/tasks/{TASK_ID}/publish", None),
        ("mutations", "POST", f"/api/v1/tasks/{TASK_ID}/close", None),
        ("mutations", "POST", "/api/v1/deals", {}),
        ("accounts", "POST", "/api/v1/accounts", {"display_name": "x"}),
    ],
)
async def test_a_route_has_the_documented_limit_beside_the_general_one(
    open_gateway: Any, services: FakeServices, limit: str, method: str, path: str, body: Any
) -> None:
    services.answer("task POST /internal/tasks", a_task(new_id()), 201)
    gateway = await limited(open_gateway, **{limit: 2})
    party = await sign_up(gateway)
    answers = [await ask_from(party, "198.51.100.9", method, path, json=body) for _ in range(3)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert answers[-1].json()["error"]["details"]["limit"] == limit
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"2"}
    assert (await ask_from(party, "198.51.100.9", "GET", "/api/api-keys")).status_code == 200


async def test_mutations_share_one_count(open_gateway: Any) -> None:
    gateway = await limited(open_gateway, mutations=2)
    party = await sign_up(gateway)
    paths = [f"/api/v1/tasks/{new_id()}/publish", f"/api/v1/tasks/{new_id()}/close", "/api/v1/deals"]
    answers = [await ask_from(party, "198.51.100.3", "POST", path, json={}) for path in paths]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True]


async def test_requests_without_a_key_count_too(open_gateway: Any) -> None:
    gateway = await limited(open_gateway, general=2)
    statuses = [(await gateway.http.get(BALANCE)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_health_and_documents_are_not_limited(open_gateway: Any) -> None:
    gateway = await limited(open_gateway, general=1)
    for path in ("/livez", "/openapi.json"):
        assert {(await gateway.http.get(path)).status_code for _ in range(3)} == {200}


async def test_without_limits_there_are_no_headers(gateway: ServiceUnderTest) -> None:
    answer = await gateway.http.get(BALANCE)
    assert not [name for name in answer.headers if name.lower().startswith("ratelimit")]
