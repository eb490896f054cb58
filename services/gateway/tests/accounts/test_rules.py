"""Rules of API keys."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import Scope
from joust_gateway.accounts.errors import ScopeNotHeld
from joust_gateway.accounts.rules import beginning_of, check_grant, hash_of, new_key, scopes_of

SCOPES = st.sets(st.sampled_from(list(Scope)), min_size=1)


def test_a_key_with_every_scope_and_a_limited_one_differ_in_their_prefix() -> None:
    assert new_key(None).secret.startswith("straw_sk_")
    assert new_key([Scope.WALLET_READ]).secret.startswith("platform_api_")


def test_keys_are_long_never_the_same_and_known_by_their_hash() -> None:
    keys = [new_key(None) for _ in range(100)]
    assert len({key.secret for key in keys}) == 100
    for key in keys:
        assert beginning_of(key.secret) == key.prefix
        assert key.key_hash == hash_of(key.secret)
        assert key.secret.startswith(key.prefix)
        assert len(key.prefix) <= 16
        assert len(key.secret) >= len(key.prefix) + 60


@given(st.text())
def test_text_that_we_did_not_make_is_no_key(text: str) -> None:
    assert beginning_of(text) is None


@pytest.mark.parametrize("changed", ["{}\n", " {}", "{}0", "x{}"])
def test_a_key_with_something_around_it_is_no_key(changed: str) -> None:
    assert beginning_of(changed.format(new_key(None).secret)) is None


def test_no_stored_scopes_means_every_scope() -> None:
    assert scopes_of(None) == tuple(Scope)


def test_a_stored_scope_that_is_not_known_grants_nothing() -> None:
    assert scopes_of(["wallet:read", "moon:fly"]) == (Scope.WALLET_READ,)


@given(SCOPES, SCOPES)
def test_a_key_passes_on_what_it_has_and_nothing_else(wanted: set[Scope], held: set[Scope]) -> None:
    if wanted <= held:
        check_grant(wanted, held)
        return
    with pytest.raises(ScopeNotHeld) as refused:
        check_grant(wanted, held)
    assert refused.value.details["missing_scopes"] == sorted(wanted - held)


def test_only_a_key_with_every_scope_makes_another_such_key() -> None:
    check_grant(None, set(Scope))
    with pytest.raises(ScopeNotHeld):
        check_grant(None, set(Scope) - {Scope.WALLET_WRITE})
