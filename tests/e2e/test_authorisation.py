"""Who may call what: no key, a revoked key, somebody else's key, on each endpoint of the bounty."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from joust_embedded.bounty.client import Party, a_task
from tests.support.arena import Arena, submit_and_wait

UNKNOWN = "0190f5fe-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class Route:
    """One endpoint: how to call it, and what a stranger with a valid key gets."""

    method: str
    path: str
    body: Any
    stranger: int
    """Status for an account that neither owns the task nor made the submission."""
    unknown: int | None
    """Status when the id in the path is of nothing; ``None`` if the path has none."""


ROUTES = [
    Route("POST", "/api/api-keys", {"name": "more"}, 201, None),
    Route("GET", "/api/api-keys", None, 200, None),
    Route("DELETE", "/api/api-keys?id={key}", None, 404, None),
    Route("POST", "/api/v1/wallet/deposits", {"amount_cents": 100}, 201, None),
    Route("GET", "/api/v1/wallet/balance", None, 200, None),
    Route("POST", "/api/v1/webhooks", {"url": "http://127.0.0.1:9/x", "events": ["deal.created"]}, 201, None),
    Route("POST", "/api/v1/tasks", a_task(), 201, None),
    Route("GET", "/api/v1/tasks", None, 200, None),
    Route("GET", "/api/v1/tasks/{task}", None, 200, 404),
    Route("GET", "/api/v1/tasks/{draft}", None, 404, 404),
    Route("POST", "/api/v1/tasks/{draft}/publish", None, 404, 404),
    Route("POST", "/api/v1/tasks/{task}/publish", None, 403, 404),
    Route("POST", "/api/v1/tasks/{task}/close", None, 403, 404),
    Route("POST", "/api/v1/tasks/{draft}/quick-submit", {"files": {"a": "b"}}, 404, 404),
    Route("GET", "/api/v1/tasks/{task}/leaderboard", None, 200, 404),
    Route("GET", "/api/v1/tasks/{draft}/leaderboard", None, 404, 404),
    Route("GET", "/api/v1/submissions/{submission}", None, 404, 404),
    Route("GET", "/api/v1/submissions/{submission}/stream", None, 404, 404),
    Route(
        "POST",
        "/api/v1/deals",
        {"taskId": "{task}", "agentId": "{agent}", "dealType": "agent_hire", "dealValueCents": 0},
        403,
        None,
    ),
    Route("GET", "/api/v1/deals", None, 200, None),
]
IDS = [f"{route.method} {route.path}" for route in ROUTES]

Things = dict[str, str]


async def things_of(owner: Party, agent: Party, arena: Arena) -> Things:
    draft = await owner.create_task()
    task = await arena.open_task(owner)
    submission = await submit_and_wait(agent, task["id"])
    keys = await owner.get("/api/api-keys")
    listed = keys["data"] if "data" in keys else keys["api_keys"]
    return {
        "draft": draft["id"],
        "task": task["id"],
        "submission": submission["id"],
        "agent": agent.agent_id,
        "key": listed[0]["id"],
    }


def filled(value: Any, things: Things) -> Any:
    if isinstance(value, str):
        for name, id in things.items():
            value = value.replace("{" + name + "}", id)
        return value
    if isinstance(value, dict):
        return {key: filled(each, things) for key, each in value.items()}
    return value


async def ask(party: Party, route: Route, things: Things, **headers: str) -> httpx2.Response:
    request = party.http.build_request(
        route.method, filled(route.path, things), json=filled(route.body, things), headers=headers
    )
    if not headers.get("Authorization", "x"):
        del request.headers["Authorization"]
    return await party.http.send(request)


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
async def test_each_endpoint_knows_its_callers(arena: Arena, route: Route) -> None:
    owner, agent, stranger = [await arena.sign_up(name) for name in ("Owner", "Agent", "Stranger")]
    things = await things_of(owner, agent, arena)
    for header in ("", "Bearer", "Bearer straw_sk_wrong", "Basic abc", "straw_sk_naked"):
        refused = await ask(stranger, route, things, Authorization=header)
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "UNAUTHORIZED"), header

    key = (await stranger.post("/api/api-keys", {"name": "short lived"}))["api_key"]
    made = (await stranger.get("/api/api-keys"))["data"]
    short_lived = next(each for each in made if each["name"] == "short lived")
    await stranger.http.delete(f"/api/api-keys?id={short_lived['id']}")
    revoked = await ask(stranger, route, things, Authorization=f"Bearer {key}")
    assert revoked.status_code == 401

    answer = await ask(stranger, route, things)
    assert answer.status_code == route.stranger, answer.text
    if route.unknown is not None:
        absent = await ask(stranger, route, dict.fromkeys(things, UNKNOWN))
        assert absent.status_code == route.unknown, absent.text


def test_every_route_of_the_gateway_has_a_row() -> None:
    from joust_gateway.bootstrap import create_service
    from joust_gateway.settings import GatewaySettings
    from joust_kit.identity import new_key_pair
    from joust_kit.service import create_app

    services = ("task", "submission", "evaluation", "ranking", "wallet", "webhook")
    values = {f"{name}_url": "http://127.0.0.1:1" for name in services}
    values |= {"database_url": "postgresql+asyncpg://nobody@127.0.0.1/no", "kafka_bootstrap_servers": "x:1"}
    settings = GatewaySettings.model_validate({**values, "actor_private_key": new_key_pair()[0]})
    paths = create_app(create_service(settings)).openapi()["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    rows = {(route.method, route.path.partition("?")[0]) for route in ROUTES}
    shapes = {
        (method, tuple("{}" if part.startswith("{") else part for part in path.split("/")))
        for method, path in rows
    }
    shapes |= {("POST", ("", "api", "v1", "accounts"))}
    missing = {
        (method, path)
        for method, path in there
        if (method, tuple("{}" if part.startswith("{") else part for part in path.split("/"))) not in shapes
    }
    assert missing == set(), "give each route a row in ROUTES"
