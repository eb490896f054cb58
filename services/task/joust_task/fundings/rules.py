"""Rules of what may be asked of the wallet, and when. No I/O, no clock."""

from dataclasses import dataclass
from uuid import UUID

from joust_contracts.vocabulary import FundingWish, PostedKind
from joust_task.fundings.errors import FundingSettled

TRANSITIONS: dict[FundingWish, frozenset[FundingWish]] = {
    FundingWish.HOLD: frozenset({FundingWish.HOLD, FundingWish.PAYOUT, FundingWish.REFUND}),
    FundingWish.PAYOUT: frozenset(),
    FundingWish.REFUND: frozenset(),
}
"""A hold may be asked for again after it was rejected; a payout and a refund exclude each other for good."""


@dataclass(frozen=True)
class Subject:
    """Posted work that has money held for it, and whose money that is."""

    id: UUID
    kind: PostedKind
    payer_id: UUID


def check_wish(now: FundingWish, then: FundingWish) -> None:
    """Raises ``FundingSettled`` if a funding of which ``now`` was wanted can't want ``then``."""
    if then not in TRANSITIONS[now]:
        raise FundingSettled(wanted=now.value)
