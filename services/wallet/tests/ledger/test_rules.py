"""Transfers as pure values: they always sum to 0, and a fingerprint tells them apart."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.vocabulary import TransferKind
from joust_kit.ids import RandomIds
from joust_wallet.ledger.errors import UnbalancedTransfer
from joust_wallet.ledger.rules import AccountKey, AccountKind, Entry, Transfer, owned_accounts

CAUSE = UUID(int=1)
OWNERS = [UUID(int=number) for number in range(2, 8)]
amounts = st.integers(-(10**12), 10**12)


def available(owner_id: UUID, currency: str = "usd") -> AccountKey:
    return AccountKey(owner_id, AccountKind.AVAILABLE, currency)


def transfer(*entries: tuple[AccountKey, int], key: str = "test:1") -> Transfer:
    return Transfer(key, TransferKind.DEAL, CAUSE, tuple(Entry(account, cents) for account, cents in entries))


@given(st.lists(st.tuples(st.sampled_from(OWNERS), st.sampled_from(["usd", "eur"]), amounts), max_size=12))
def test_a_transfer_exists_exactly_if_its_changes_sum_to_0_in_each_currency(
    changes: list[tuple[UUID, str, int]],
) -> None:
    sums = {
        currency: sum(cents for _, other, cents in changes if other == currency)
        for currency in ("usd", "eur")
    }
    wanted = [(available(owner, currency), cents) for owner, currency, cents in changes]
    if any(sums.values()):
        with pytest.raises(UnbalancedTransfer):
            Transfer.of("k", TransferKind.DEAL, CAUSE, wanted)
        return
    made = Transfer.of("k", TransferKind.DEAL, CAUSE, wanted)
    if made is not None:
        assert sum(entry.amount_cents for entry in made.entries) == 0
        assert all(entry.amount_cents for entry in made.entries)


@given(st.lists(st.tuples(st.sampled_from(OWNERS), amounts), min_size=1, max_size=12))
def test_whatever_is_balanced_against_the_outside_is_a_transfer(changes: list[tuple[UUID, int]]) -> None:
    outside = AccountKey(None, AccountKind.EXTERNAL_FUNDING, "usd")
    total = sum(cents for _, cents in changes)
    wanted = [(available(owner), cents) for owner, cents in changes]
    made = Transfer.of("k", TransferKind.DEPOSIT, CAUSE, [*wanted, (outside, -total)])
    by_owner = {owner: sum(cents for other, cents in changes if other == owner) for owner, _ in changes}
    entries = {} if made is None else {entry.account.owner_id: entry.amount_cents for entry in made.entries}
    for owner, cents in by_owner.items():
        assert entries.get(owner, 0) == cents


def test_a_transfer_that_does_not_sum_to_0_is_refused() -> None:
    with pytest.raises(UnbalancedTransfer):
        transfer((available(OWNERS[0]), -100), (available(OWNERS[1]), 99))


def test_currencies_are_not_netted_against_each_other() -> None:
    with pytest.raises(UnbalancedTransfer):
        transfer((available(OWNERS[0]), -100), (available(OWNERS[1], "eur"), 100))


@pytest.mark.parametrize(
    "entries",
    [
        (),
        ((available(OWNERS[0]), 0), (available(OWNERS[1]), 0)),
        ((available(OWNERS[0]), -5), (available(OWNERS[0]), 5)),
    ],
    ids=["nothing", "zeros", "one account twice"],
)
def test_a_transfer_that_moves_nothing_is_refused(entries: tuple[tuple[AccountKey, int], ...]) -> None:
    with pytest.raises(UnbalancedTransfer):
        transfer(*entries)


def test_changes_that_cancel_each_other_are_no_transfer() -> None:
    changes = [(available(OWNERS[0]), -5), (available(OWNERS[0]), 5)]
    assert Transfer.of("k", TransferKind.DEAL, CAUSE, changes) is None


def test_what_one_account_loses_the_other_gets() -> None:
    purse, held = owned_accounts(OWNERS[0], "usd")
    assert purse == available(OWNERS[0])
    moved = Transfer.between("k", TransferKind.ESCROW_HOLD, CAUSE, 5, debit=purse, credit=held)
    assert {entry.account: entry.amount_cents for entry in moved.entries} == {purse: -5, held: 5}


def test_the_fingerprint_does_not_depend_on_the_order_of_entries() -> None:
    one, other = (available(OWNERS[0]), -5), (available(OWNERS[1]), 5)
    assert transfer(one, other).fingerprint == transfer(other, one).fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        transfer((available(OWNERS[0]), -6), (available(OWNERS[1]), 6)),
        transfer((available(OWNERS[0]), -5), (available(OWNERS[2]), 5)),
        transfer((available(OWNERS[0], "eur"), -5), (available(OWNERS[1], "eur"), 5)),
        Transfer(
            "k",
            TransferKind.DEPOSIT,
            CAUSE,
            (Entry(available(OWNERS[0]), -5), Entry(available(OWNERS[1]), 5)),
        ),
        Transfer(
            "k",
            TransferKind.DEAL,
            UUID(int=99),
            (Entry(available(OWNERS[0]), -5), Entry(available(OWNERS[1]), 5)),
        ),
    ],
    ids=["amount", "account", "currency", "kind", "cause"],
)
def test_other_content_has_another_fingerprint(changed: Transfer) -> None:
    assert changed.fingerprint != transfer((available(OWNERS[0]), -5), (available(OWNERS[1]), 5)).fingerprint


def test_the_same_name_is_always_the_same_account() -> None:
    owner = RandomIds().new()
    assert available(owner).id == available(UUID(str(owner))).id
    names = [(owner, AccountKind.AVAILABLE, "usd"), (owner, AccountKind.HELD, "usd")]
    names += [(owner, AccountKind.AVAILABLE, "eur"), (RandomIds().new(), AccountKind.AVAILABLE, "usd")]
    assert len({AccountKey(*name).id for name in names}) == 4


def test_the_platforms_accounts_have_no_owner_and_the_others_have_one() -> None:
    with pytest.raises(ValueError, match="platform_fees"):
        AccountKey(OWNERS[0], AccountKind.PLATFORM_FEES, "usd")
    with pytest.raises(ValueError, match="available"):
        AccountKey(None, AccountKind.AVAILABLE, "usd")
