"""What follows from an attempt: done, try again later, or give up."""

from dataclasses import dataclass
from datetime import timedelta

from joust_contracts.vocabulary import DeliveryState, GiveUpReason
from joust_webhook.deliveries.errors import DeliveryIsOver

GONE = 410
"""The receiver wants no more of it (Standard Webhooks, "Operational considerations")."""
_JITTER = 0.4
"""Delays spread over a fifth to either side, so that what failed together does not return together."""


TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset({DeliveryState.DELIVERED, DeliveryState.FAILED}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.PENDING}),
    DeliveryState.FAILED: frozenset({DeliveryState.PENDING}),
}
"""What is over becomes pending only by being sent again, which its receiver's owner asks for."""


@dataclass(frozen=True)
class Delivered:
    """The receiver has it."""


@dataclass(frozen=True)
class Retry:
    """It may work later."""

    delay: timedelta


@dataclass(frozen=True)
class GaveUp:
    """It will not be tried again."""

    reason: GiveUpReason


Outcome = Delivered | Retry | GaveUp


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long to try."""

    max_attempts: int
    first_delay: timedelta
    max_delay: timedelta

    def delay_after(self, attempt: int, jitter: float) -> timedelta:
        """Wait after failed attempt ``attempt`` (from 1); ``jitter`` is a random number from 0 to 1."""
        doublings: int = 2 ** min(attempt - 1, 30)
        doubled = min(self.max_delay, self.first_delay * doublings)
        return doubled * (1 - _JITTER / 2 + _JITTER * jitter)


def outcome_of(status: int | None, attempt: int, policy: RetryPolicy, jitter: float) -> Outcome:
    """What follows from attempt ``attempt`` (from 1), answered with ``status`` or not at all (``None``).

    2xx alone is success; a redirect is not followed and so is a failure.
    """
    if is_success(status):
        return Delivered()
    if status == GONE:
        return GaveUp(GiveUpReason.GONE)
    if attempt >= policy.max_attempts:
        return GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    return Retry(policy.delay_after(attempt, jitter))


def is_success(status: int | None) -> bool:
    """True if an answer with ``status``, or none (``None``), says that the receiver has the message."""
    return status is not None and 200 <= status <= 299


def check_transition(now: DeliveryState, then: DeliveryState) -> None:
    """Raises ``DeliveryIsOver`` if a delivery in state ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise DeliveryIsOver(f"a delivery that is {now} can't become {then}")
