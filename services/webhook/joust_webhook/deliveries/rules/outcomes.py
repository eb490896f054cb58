"""What follows from an attempt: done, try again later, or give up."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from joust_contracts.vocabulary import DeliveryState, GiveUpReason
from joust_webhook.deliveries.errors import DeliveryIsOver

GONE = 410
"""The receiver wants no more of it (Standard Webhooks, "Operational considerations")."""
_JITTER = 0.2
"""Delays spread over a tenth to either side, so that what failed together does not return together."""
_LONGEST_WISH = timedelta(hours=24)
"""``Retry-After`` is honoured up to the longest pause of the usual schedule."""


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
    """How often and how long to try: one attempt more than there are delays."""

    delays: tuple[timedelta, ...]

    @classmethod
    def doubling(cls, *, attempts: int, first: timedelta, longest: timedelta) -> Self:
        """Each delay is twice the one before, up to the longest."""
        doubled: list[timedelta] = []
        for _ in range(attempts - 1):
            doubled.append(min(longest, 2 * doubled[-1] if doubled else first))
        return cls(tuple(doubled))

    def delay_after(self, attempt: int, jitter: float) -> timedelta | None:
        """Wait after failed attempt ``attempt`` (from 1), ``None`` if it was the last; ``jitter`` is a random
        number from 0 to 1."""
        if attempt > len(self.delays):
            return None
        return self.delays[attempt - 1] * (1 - _JITTER / 2 + _JITTER * jitter)


def outcome_of(
    status: int | None,
    attempt: int,
    policy: RetryPolicy,
    jitter: float,
    *,
    retry_after: timedelta | None = None,
) -> Outcome:
    """What follows from attempt ``attempt`` (from 1), answered with ``status`` or not at all (``None``).

    2xx alone is success; a redirect is not followed and so is a failure. The receiver may ask for a longer
    pause by ``retry_after`` (RFC 9110, section 10.2.3), not for a shorter one.
    """
    if is_success(status):
        return Delivered()
    if status == GONE:
        return GaveUp(GiveUpReason.GONE)
    delay = policy.delay_after(attempt, jitter)
    if delay is None:
        return GaveUp(GiveUpReason.TOO_MANY_ATTEMPTS)
    return Retry(delay if retry_after is None else max(delay, min(retry_after, _LONGEST_WISH)))


def is_success(status: int | None) -> bool:
    """True if an answer with ``status``, or none (``None``), says that the receiver has the message."""
    return status is not None and 200 <= status <= 299


def check_transition(now: DeliveryState, then: DeliveryState) -> None:
    """Raises ``DeliveryIsOver`` if a delivery in state ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise DeliveryIsOver(f"a delivery that is {now} can't become {then}")
