"""Payout providers: who sends money to the world outside.

A provider knows each payout by its idempotency key, which is the withdrawal's id: asked again with the same
key, it sends nothing a second time and tells what became of the first. Never ask with a new one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from joust_kit.observability.logging import get_logger
from joust_wallet.payouts.rules import Payout

log = get_logger(__name__)

REFUSED_ACCOUNT = "acct_refused"
"""An account that the provider ``test`` refuses, so that a reversal can be tried."""


@dataclass(frozen=True)
class PayoutOrder:
    """What to send, and where to."""

    idempotency_key: str
    amount_cents: int
    currency: str
    destination: Payout


@dataclass(frozen=True)
class Paid:
    """It was sent."""

    reference: str


@dataclass(frozen=True)
class Refused:
    """It was not sent and will not be."""

    reason: str


@dataclass(frozen=True)
class Unanswered:
    """Nobody can tell whether it was sent."""

    reason: str


Outcome = Paid | Refused | Unanswered


@dataclass(frozen=True)
class Sent:
    """A payout as the provider has it."""

    order: PayoutOrder
    reference: str


class PayoutProvider(Protocol):
    """Sends money out."""

    async def send(self, order: PayoutOrder) -> Outcome:
        """Send it, or tell what became of it. Anything that this raises means that nobody can tell."""
        ...

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """All that it sent since then, whoever remembers having asked for it."""
        ...


class TestProvider:
    """Sends nothing and says that it did: for stacks without real money."""

    __test__ = False
    """To pytest it is no test."""

    async def send(self, order: PayoutOrder) -> Outcome:
        """Paid, unless it goes to ``acct_refused``."""
        if order.destination.address == REFUSED_ACCOUNT:
            return Refused("The account does not take payouts.")
        return Paid(f"test_{order.idempotency_key}")

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """It sends nothing."""
        return ()


class NoProvider:
    """Sends nothing and says nothing: what was taken before payouts were switched off stays held."""

    async def send(self, order: PayoutOrder) -> Outcome:
        """Nobody can tell."""
        return Unanswered(f"no payout provider is configured for {order.idempotency_key}")

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """It sends nothing."""
        return ()


async def ask(provider: PayoutProvider, order: PayoutOrder, timeout_seconds: float) -> Outcome:
    """The provider's answer; whatever goes wrong on the way is none."""
    try:
        async with asyncio.timeout(timeout_seconds):
            return await provider.send(order)
    except Exception as error:  # noqa: BLE001 - of money, not knowing is an outcome
        log.warning("payout without a clear answer", key=order.idempotency_key, error=repr(error))
        return Unanswered(type(error).__name__)
