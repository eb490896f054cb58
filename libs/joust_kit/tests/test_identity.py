"""The actor token: only the gateway's, only for this service, only for now."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from uuid import uuid4

import pytest
import time_machine

from joust_contracts.services import ServiceName
from joust_contracts.spending import Spender
from joust_kit.errors import Unauthorized
from joust_kit.identity import LIFETIME_SECONDS, ActorSigner, ActorVerifier, new_key_pair
from joust_kit.testing.component import an_actor

PRIVATE, PUBLIC = new_key_pair()


def verifier(audience: ServiceName = ServiceName.TASK) -> ActorVerifier:
    return ActorVerifier(PUBLIC, audience)


def test_a_token_names_the_actor_it_was_made_for() -> None:
    actor = an_actor("Ada")
    assert verifier().verify(ActorSigner(PRIVATE).token(actor, ServiceName.TASK)) == actor


def test_a_token_tells_what_the_key_that_came_may_spend() -> None:
    capped = replace(an_actor(), spender=Spender(key_id=uuid4(), daily_cap_cents=5))
    assert verifier().verify(ActorSigner(PRIVATE).token(capped, ServiceName.TASK)) == capped


@pytest.mark.parametrize("token", [None, "", "nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_what_is_no_token_is_refused(token: str | None) -> None:
    with pytest.raises(Unauthorized):
        verifier().verify(token)


def test_a_token_signed_by_another_key_is_refused() -> None:
    forged = ActorSigner(new_key_pair()[0]).token(an_actor(), ServiceName.TASK)
    with pytest.raises(Unauthorized):
        verifier().verify(forged)


def test_a_token_for_another_service_is_refused() -> None:
    token = ActorSigner(PRIVATE).token(an_actor(), ServiceName.WALLET)
    with pytest.raises(Unauthorized):
        verifier().verify(token)


def test_a_token_is_refused_once_its_time_is_over_even_if_it_was_seen_before() -> None:
    reader = verifier()
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False) as clock:
        token = ActorSigner(PRIVATE).token(an_actor(), ServiceName.TASK)
        reader.verify(token)
        clock.shift(LIFETIME_SECONDS + 3)
        with pytest.raises(Unauthorized):
            reader.verify(token)


def test_a_token_whose_claims_were_changed_is_refused() -> None:
    header, claims, signature = ActorSigner(PRIVATE).token(an_actor(), ServiceName.TASK).split(".")
    changed = json.loads(urlsafe_b64decode(claims + "=="))
    changed["sub"] = str(an_actor().account_id)
    body = urlsafe_b64encode(json.dumps(changed).encode()).decode().rstrip("=")
    with pytest.raises(Unauthorized):
        verifier().verify(f"{header}.{body}.{signature}")
