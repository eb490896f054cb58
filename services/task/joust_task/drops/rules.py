"""Rules of a drop's life, its price and its clock. No I/O, no clock."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from joust_contracts.vocabulary import DropPack, DropStatus
from joust_task.drops.errors import DropFull, DropNotOpen, InvalidStep, NotCancellable, NotPayable, OwnDrop

TRANSITIONS: dict[DropStatus, frozenset[DropStatus]] = {
    DropStatus.PENDING_PAYMENT: frozenset({DropStatus.OPEN, DropStatus.CANCELLED}),
    DropStatus.OPEN: frozenset({DropStatus.RANKING, DropStatus.CANCELLED}),
    DropStatus.RANKING: frozenset({DropStatus.VERIFIED, DropStatus.FAILED, DropStatus.CANCELLED}),
    DropStatus.VERIFIED: frozenset(),
    DropStatus.CANCELLED: frozenset(),
    DropStatus.FAILED: frozenset(),
}
"""Drops document. From ``ranking`` to ``cancelled`` goes a drop whose sender had wanted it to end, and to
which nothing was handed in."""
OVER = frozenset(status for status, then in TRANSITIONS.items() if not then)

TIERS: dict[DropPack, int] = {
    DropPack.ROAST: 100,
    DropPack.SCOUT: 200,
    DropPack.CODE: 300,
    DropPack.COOK: 200,
    DropPack.WILD: 100,
}
"""Default bounties in cents. The document's examples have 100 for ``roast`` and 300 for ``code``; the others
lie beside them."""

_MAX_TITLE = 80
_MARKS = re.compile(r"^[#>*\-\s]+")
"""What Markdown puts at the beginning of a line."""


@dataclass(frozen=True)
class Bounds:
    """Within which a price and a time limit are clamped."""

    min_price_cents: int
    max_price_cents: int
    min_time_limit_seconds: int
    max_time_limit_seconds: int
    default_time_limit_seconds: int


def check_step(now: DropStatus, then: DropStatus) -> None:
    """Raises ``InvalidStep`` if a drop in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise InvalidStep(f"a drop that is {now} can't become {then}")


def price_of(pack: DropPack, wanted_cents: int | None, bounds: Bounds) -> int:
    """The bounty in cents: what is wanted, or the pack's tier, within bounds."""
    price = TIERS[pack] if wanted_cents is None else wanted_cents
    return min(max(price, bounds.min_price_cents), bounds.max_price_cents)


def time_limit_of(wanted_seconds: int | None, bounds: Bounds) -> int:
    """How long the drop is open, in seconds."""
    limit = bounds.default_time_limit_seconds if wanted_seconds is None else wanted_seconds
    return min(max(limit, bounds.min_time_limit_seconds), bounds.max_time_limit_seconds)


def title_of(prompt: str) -> str:
    """The first line that says something, cut at a word to 80 characters."""
    lines = (" ".join(_MARKS.sub("", line).split()) for line in prompt.splitlines())
    first = next((line for line in lines if line), "Untitled")
    if len(first) <= _MAX_TITLE:
        return first
    cut = first[: _MAX_TITLE - 1]
    return f"{cut.rpartition(' ')[0] or cut}…"


def check_payable(status: DropStatus) -> None:
    """Raises ``NotPayable`` unless the drop waits for its payment."""
    if status is not DropStatus.PENDING_PAYMENT:
        raise NotPayable(f"The drop is {status}; only one that waits for its payment can be paid.")


def check_open(status: DropStatus, closes_at: datetime | None, now: datetime) -> None:
    """Raises ``DropNotOpen``. The window ends at its moment, though the timer may come later."""
    if status is not DropStatus.OPEN or closes_at is None or closes_at <= now:
        raise DropNotOpen(status=status.value)


def check_may_compete(owner_id: UUID, account_id: UUID) -> None:
    """Raises ``OwnDrop``."""
    if owner_id == account_id:
        raise OwnDrop()


def check_takes_claims(*, is_ending: bool, places_taken: int, max_claims: int) -> None:
    """Raises ``DropFull``, or ``DropNotOpen`` if its sender wants it to end."""
    if is_ending:
        raise DropNotOpen("The drop's sender wants it to end; it takes no new claims.")
    if places_taken >= max_claims:
        raise DropFull(max_claims=max_claims)


def check_cancellable(status: DropStatus) -> None:
    """Raises ``NotCancellable`` (Drops document: terminal states return 400; what is being ranked is as good
    as over)."""
    if status is DropStatus.RANKING or status in OVER:
        raise NotCancellable(f"The drop is {status} and can't be cancelled any more.", status=status.value)


def claim_expiry(now: datetime, lifetime: timedelta, closes_at: datetime) -> datetime:
    """Until when a claim holds: no longer than the drop is open."""
    return min(now + lifetime, closes_at)


def has_enough(submitted: int, max_claims: int) -> bool:
    """True if every place has its submission, so that there is nothing to wait for."""
    return submitted >= max_claims


def may_see(owner_id: UUID, claimers: Collection[UUID], status: DropStatus, account_id: UUID) -> bool:
    """True for the sender and those who claimed it; while it is open, for everybody, as on the board."""
    return status is DropStatus.OPEN or knows_all(owner_id, claimers, account_id)


def knows_all(owner_id: UUID, claimers: Collection[UUID], account_id: UUID) -> bool:
    """True for those who also see what is not for the board."""
    return account_id == owner_id or account_id in claimers
