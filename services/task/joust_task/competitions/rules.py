"""Rules of a competition's life and of its prize. No I/O, no clock."""

from datetime import datetime, timedelta

from joust_contracts.vocabulary import CompetitionStatus, EscrowStatus, PrizeStatus, RefundReason
from joust_kit.errors import Invalid
from joust_task.competitions.errors import (
    CompetitionNotDraft,
    InvalidCompetitionTransition,
    PrizeNotAskedFor,
    PrizeNotHeld,
)

TRANSITIONS: dict[CompetitionStatus, frozenset[CompetitionStatus]] = {
    CompetitionStatus.DRAFT: frozenset({CompetitionStatus.FUNDING, CompetitionStatus.OPEN}),
    CompetitionStatus.FUNDING: frozenset({CompetitionStatus.DRAFT, CompetitionStatus.OPEN}),
    CompetitionStatus.OPEN: frozenset({CompetitionStatus.REVIEWING}),
    CompetitionStatus.REVIEWING: frozenset({CompetitionStatus.AWARDED, CompetitionStatus.EXPIRED}),
    CompetitionStatus.AWARDED: frozenset(),
    CompetitionStatus.EXPIRED: frozenset(),
}
"""A winner is chosen between the two deadlines, so that who hands in late has the same chance."""

PRIZE_OF: dict[EscrowStatus, PrizeStatus] = {
    EscrowStatus.REJECTED: PrizeStatus.REJECTED,
    EscrowStatus.HELD: PrizeStatus.HELD,
    EscrowStatus.PAID: PrizeStatus.PAID,
    EscrowStatus.RELEASED: PrizeStatus.REFUNDED,
}
"""Where the prize is, as the wallet tells it."""

FUNDED = frozenset({PrizeStatus.HELD, PrizeStatus.PAID})
"""Set aside for the winner, or paid already."""

_DAY = timedelta(days=1)


def check_transition(now: CompetitionStatus, then: CompetitionStatus) -> None:
    """Raises ``InvalidCompetitionTransition`` if a competition in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        allowed: list[str] = sorted(status.value for status in TRANSITIONS[now])
        raise InvalidCompetitionTransition(
            f"A competition that is {now} can't become {then}.", status=now.value, allowed=list(allowed)
        )


def check_is_draft(status: CompetitionStatus) -> None:
    """Raises ``CompetitionNotDraft`` unless the competition may still be edited."""
    if status is not CompetitionStatus.DRAFT:
        raise CompetitionNotDraft(status=status.value)


def check_deadlines(submission: datetime, winner: datetime, now: datetime, shortest: timedelta) -> None:
    """Raises ``Invalid`` for deadlines that are too soon or in the wrong order; ``details`` names the field.

    ``shortest`` is the least time that entrants have.
    """
    if submission <= now + shortest:
        hours = shortest.total_seconds() / 3600
        raise Invalid(submission_deadline=f"must be more than {hours:g} hours from now")
    if winner <= submission:
        raise Invalid(winner_deadline="must be later than the submission deadline")


def reminder_at(submission: datetime, winner: datetime) -> datetime:
    """When to remind of choosing a winner: a day before the end, or halfway through a short review."""
    if winner - submission > 2 * _DAY:
        return winner - _DAY
    return submission + (winner - submission) / 2


def check_may_ask_again(status: CompetitionStatus, prize: PrizeStatus) -> None:
    """Raises ``InvalidCompetitionTransition`` or ``PrizeNotAskedFor`` unless the prize of a competition that
    goes on was rejected."""
    if status not in {CompetitionStatus.OPEN, CompetitionStatus.REVIEWING}:
        raise InvalidCompetitionTransition(
            f"The prize of a competition that is {status} can't be asked for.",
            status=status.value,
            allowed=[CompetitionStatus.OPEN.value, CompetitionStatus.REVIEWING.value],
        )
    if prize is not PrizeStatus.REJECTED:
        raise PrizeNotAskedFor(prize_status=prize.value)


def check_takes_choice(status: CompetitionStatus, deadline: datetime, now: datetime) -> None:
    """Raises ``InvalidCompetitionTransition`` after the second deadline, however late its timer is."""
    if deadline <= now:
        raise InvalidCompetitionTransition(
            "The deadline for choosing a winner has passed.",
            status=status.value,
            allowed=[CompetitionStatus.EXPIRED.value],
        )


def check_prize_is_held(prize: PrizeStatus) -> None:
    """Raises ``PrizeNotHeld``: who is chosen is paid."""
    if prize is not PrizeStatus.HELD:
        raise PrizeNotHeld(prize_status=prize.value)


def refund_reason(*, has_work: bool) -> RefundReason:
    """Why nobody was paid."""
    return RefundReason.NO_WINNER if has_work else RefundReason.NO_SUBMISSIONS
