"""Every internal route of every service wants the gateway's token: fresh, signed by it, for this service."""

import re
from collections.abc import Awaitable, Callable

import pytest
import time_machine

from joust_contracts.internal.common import ACTOR_HEADER
from joust_contracts.services import ServiceName
from joust_kit.identity import LIFETIME_SECONDS, Actor, ActorSigner, new_key_pair
from joust_kit.testing.component import ServiceUnderTest, an_actor
from tests.authorisation.calls import Calls
from tests.authorisation.table import Route

INTERNAL = [name for name in ServiceName if name is not ServiceName.GATEWAY]
ID = "0190f5fe-0000-7000-8000-000000000000"

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


def bad_tokens(signer: ActorSigner, audience: ServiceName) -> dict[str, str | None]:
    """Everything that is no valid token for ``audience``, by what is wrong with it."""
    actor: Actor = an_actor("intruder")
    other = next(name for name in ServiceName if name is not audience)
    valid = signer.token(actor, audience)
    header, claims, _ = valid.split(".")
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        expired = signer.token(an_actor(), audience)
    return {
        "none": None,
        "empty": "",
        "nonsense": "nonsense",
        "unsigned": f"eyJhbGciOiJub25lIn0.{claims}.",
        "without its signature": f"{header}.{claims}.",
        "of another's signature": f"{header}.{claims}.{signer.token(an_actor(), audience).split('.')[2]}",
        "signed by a stranger": ActorSigner(new_key_pair()[0]).token(actor, audience),
        "for another service": signer.token(actor, other),
        "expired": expired,
    }


@pytest.mark.parametrize("name", INTERNAL)
async def test_every_route_refuses_every_token_that_is_not_the_gateways_for_it_and_now(
    open_service: OpenService, name: ServiceName
) -> None:
    service = await open_service(name)
    calls = Calls(service.app.openapi())
    tokens = bad_tokens(service.signer, name)
    for route in sorted(calls.routes):
        for wrong, token in tokens.items():
            headers = {} if token is None else {ACTOR_HEADER: token}
            answer = await service.http.request(route.method, url_of(route), headers=headers, json={})
            assert answer.status_code == 401, f"{route} takes a token that is {wrong}"
            assert answer.json()["error"]["code"] == "UNAUTHORIZED"
        allowed = await service.http.request(
            route.method, url_of(route), headers=service.as_actor(an_actor()), json={}
        )
        assert allowed.status_code not in {401, 500}, f"{route} refuses the gateway"


def test_a_token_is_short_lived() -> None:
    assert LIFETIME_SECONDS <= 60


def url_of(route: Route) -> str:
    return re.sub(r"\{\w+\}", ID, route.path)
