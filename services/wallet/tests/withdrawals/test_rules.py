"""What may follow on what in a withdrawal."""

import pytest

from joust_contracts.vocabulary import WithdrawalStatus
from joust_wallet.withdrawals.errors import WithdrawalEnded
from joust_wallet.withdrawals.rules import IN_FLIGHT, check_transition


@pytest.mark.parametrize("status", [WithdrawalStatus.PAID, WithdrawalStatus.FAILED])
@pytest.mark.parametrize("then", WithdrawalStatus)
def test_what_was_paid_or_given_back_stays_so(status: WithdrawalStatus, then: WithdrawalStatus) -> None:
    with pytest.raises(WithdrawalEnded):
        check_transition(status, then)


@pytest.mark.parametrize("status", sorted(IN_FLIGHT))
def test_whatever_is_in_flight_may_be_asked_after(status: WithdrawalStatus) -> None:
    check_transition(status, WithdrawalStatus.SENDING)


def test_nothing_is_paid_that_was_not_sent() -> None:
    with pytest.raises(WithdrawalEnded):
        check_transition(WithdrawalStatus.PENDING, WithdrawalStatus.PAID)
