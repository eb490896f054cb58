"""Rules of an escrow: what follows on a wish, and who gets how much. No I/O, no clock."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from joust_contracts.events.escrows import Payout
from joust_contracts.events.fundings import WHOLE_BPS, Payee
from joust_contracts.vocabulary import EscrowStatus, FundingWish, RejectionReason, TransferKind
from joust_wallet.escrows.errors import EscrowEnded
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer, owned_accounts


class Deed(StrEnum):
    """What follows on a wish."""

    HOLD = "hold"
    """Or reject, if the balance does not cover it."""
    TELL_AGAIN = "tell_again"
    """It is held already, and each request is answered."""
    PAY = "pay"
    RELEASE = "release"


DEEDS: dict[EscrowStatus, dict[FundingWish, Deed]] = {
    EscrowStatus.REJECTED: {
        FundingWish.HOLD: Deed.HOLD,
        FundingWish.PAYOUT: Deed.PAY,
        FundingWish.REFUND: Deed.RELEASE,
    },
    EscrowStatus.HELD: {
        FundingWish.HOLD: Deed.TELL_AGAIN,
        FundingWish.PAYOUT: Deed.PAY,
        FundingWish.REFUND: Deed.RELEASE,
    },
    EscrowStatus.PAID: {},
    EscrowStatus.RELEASED: {},
}
"""By where the money is. Paid and released are final and exclude each other (M9)."""


def deed_for(status: EscrowStatus, wish: FundingWish) -> Deed:
    """What follows on a wish that is newer than all before. Raises ``EscrowEnded``."""
    if (deed := DEEDS[status].get(wish)) is None:
        raise EscrowEnded(status=status.value, wanted=wish.value)
    return deed


def reason_to_reject(amount_cents: int, left_cents: int | None, *, covered: bool) -> RejectionReason | None:
    """Why an amount is not held, if it is not; ``left_cents`` is what a cap of the key leaves."""
    if left_cents is not None and amount_cents > left_cents:
        return RejectionReason.SPEND_CAP_EXCEEDED
    return None if covered else RejectionReason.INSUFFICIENT_BALANCE


def split(amount_cents: int, payees: Sequence[Payee]) -> tuple[Payout, ...]:
    """Who gets how much, best rank first; the parts sum to ``amount_cents`` exactly.

    Each share is rounded down to the cent, and the cents that are left over go to the best rank.
    """
    ranked = sorted(payees, key=lambda payee: payee.rank)
    parts = [amount_cents * payee.share_bps // WHOLE_BPS for payee in ranked]
    parts[0] += amount_cents - sum(parts)
    return tuple(
        Payout(**payee.model_dump(exclude={"share_bps"}), amount_cents=part)
        for payee, part in zip(ranked, parts, strict=True)
    )


def hold_of(escrow_id: UUID, payer_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that sets the amount aside; it stays the payer's."""
    purse, held = owned_accounts(payer_id, currency)
    return Transfer.between(
        f"escrow:{escrow_id}", TransferKind.ESCROW_HOLD, escrow_id, amount_cents, debit=purse, credit=held
    )


def payout_of(escrow_id: UUID, payer_id: UUID, payouts: Sequence[Payout], currency: str) -> Transfer:
    """The transfer that pays all payees, whole: bounties and prizes bear no fee (design, section 6)."""
    total = sum(payout.amount_cents for payout in payouts)
    changes = [(AccountKey(payer_id, AccountKind.HELD, currency), -total)]
    changes += [
        (AccountKey(payout.account_id, AccountKind.AVAILABLE, currency), payout.amount_cents)
        for payout in payouts
    ]
    transfer = Transfer.of(_end_key(escrow_id), TransferKind.ESCROW_PAYOUT, escrow_id, changes)
    assert transfer is not None  # noqa: S101 - an amount is at least one cent
    return transfer


def refund_of(escrow_id: UUID, payer_id: UUID, amount_cents: int, currency: str) -> Transfer:
    """The transfer that gives back what was held."""
    purse, held = owned_accounts(payer_id, currency)
    return Transfer.between(
        _end_key(escrow_id), TransferKind.ESCROW_REFUND, escrow_id, amount_cents, debit=held, credit=purse
    )


def _end_key(escrow_id: UUID) -> str:
    """One key for payout and refund: the unique constraint lets one of them happen."""
    return f"escrow-end:{escrow_id}"
