"""Who may hand in what to a drop, and when. No I/O, no clock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from joust_contracts.events.drops import DropClaim
from joust_contracts.vocabulary import ClaimState, DropStatus
from joust_submission.drops.errors import (
    AlreadySubmitted,
    DropNotFound,
    DropNotOpen,
    NoClaim,
    OwnDrop,
    TooFast,
)

HOUR = timedelta(hours=1)


def check_may_compete(owner_id: UUID, account_id: UUID) -> None:
    """Raises ``OwnDrop``."""
    if owner_id == account_id:
        raise OwnDrop()


def check_open(status: DropStatus, closes_at: datetime | None, now: datetime, *, is_sealed: bool) -> None:
    """Raises ``DropNotOpen``. The window ends at its moment, though word of it may come later."""
    if is_sealed or status is not DropStatus.OPEN or closes_at is None or closes_at <= now:
        raise DropNotOpen(status=status.value)


def check_claim(claims: Sequence[DropClaim], account_id: UUID, now: datetime) -> None:
    """Raises ``NoClaim`` unless the account has a claim that has not expired."""
    mine = next((claim for claim in claims if claim.account_id == account_id), None)
    if mine is None or mine.state is not ClaimState.ACTIVE or mine.expires_at <= now:
        raise NoClaim()


def check_room(submissions_count: int, places: int) -> None:
    """Raises ``DropNotOpen`` once every place has its submission.

    Only then is a claim worth nothing: one that expired had been used, word of it came late, and its place
    was given to another.
    """
    if submissions_count >= places:
        raise DropNotOpen("Every place of this drop has its submission.", places=places)


def check_may_read_attachments(owner_id: UUID, claims: Sequence[DropClaim], account_id: UUID) -> None:
    """Raises ``DropNotFound`` to those who neither posted the drop nor have a place."""
    if account_id != owner_id and account_id not in {claim.account_id for claim in claims}:
        raise DropNotFound()


def check_first(submitted_by: Sequence[UUID], account_id: UUID) -> None:
    """Raises ``AlreadySubmitted``: one account competes once."""
    if account_id in submitted_by:
        raise AlreadySubmitted()


def check_pace(latest: Sequence[datetime], now: datetime, *, cooldown: timedelta, per_hour: int) -> None:
    """``latest``: when the account submitted to drops, newest first, at least ``per_hour`` times if it did.

    Raises ``TooFast`` with the time to wait.
    """
    waits = [latest[0] + cooldown - now] if latest else []
    if len(latest) >= per_hour:
        waits.append(latest[per_hour - 1] + HOUR - now)
    longest = max(waits, default=timedelta())
    if longest > timedelta():
        raise TooFast(ceil(longest.total_seconds()), per_hour=per_hour)
