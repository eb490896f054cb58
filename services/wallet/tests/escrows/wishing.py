"""Posted work that wants something of its money, as the task service tells it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from joust_contracts.events import (
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PayoutMade,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskRefundRequested,
)
from joust_contracts.events.escrows import EscrowEvent, EscrowSnapshot
from joust_contracts.events.fundings import WHOLE_BPS, FundingEvent, FundingSnapshot, Payee
from joust_contracts.vocabulary import EscrowStatus, FundingWish, PostedKind, RefundReason
from joust_kit.ids import RandomIds
from joust_kit.messaging.inbox import Outcome
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.escrows.models import Escrow
from joust_wallet.ledger.queries import get_balance

IDS = RandomIds()


def winners(*shares: tuple[UUID, int]) -> tuple[Payee, ...]:
    """Accounts and their shares in basis points, best first."""
    return tuple(
        Payee(rank=rank, account_id=account, share_bps=share)
        for rank, (account, share) in enumerate(shares, start=1)
    )


@dataclass
class Posted:
    """One drop, whose wishes are told in whatever order a test delivers them."""

    wallet: ServiceUnderTest
    payer_id: UUID
    amount_cents: int
    id: UUID = field(default_factory=IDS.new)
    funding_id: UUID = field(default_factory=IDS.new)

    def request(self, version: int = 1, **changes: Any) -> TaskFundingRequested:
        """The wish that the amount be held."""
        return TaskFundingRequested(funding=self._wish(version, FundingWish.HOLD, **changes))

    def payout(self, *shares: tuple[UUID, int], version: int = 2) -> TaskPayoutRequested:
        """The wish that the accounts be paid."""
        return TaskPayoutRequested(funding=self._wish(version, FundingWish.PAYOUT, payees=winners(*shares)))

    def pay_all_to(self, account_id: UUID, version: int = 2) -> TaskPayoutRequested:
        """The wish that one account gets everything."""
        return self.payout((account_id, WHOLE_BPS), version=version)

    def refund(self, version: int = 2) -> TaskRefundRequested:
        """The wish that the payer gets it back."""
        reason = RefundReason.CANCELLED
        return TaskRefundRequested(funding=self._wish(version, FundingWish.REFUND, refund_reason=reason))

    async def tell(self, *wishes: FundingEvent) -> list[Outcome]:
        """Deliver wishes one after the other."""
        return [await self.wallet.deliver(wish) for wish in wishes]

    async def told(self) -> list[EscrowEvent]:
        """What the wallet told of it, in order."""
        events = [event.data for event in await self.wallet.all_emitted() if event.subject == self.id]
        kinds = FundsHeld | FundsRejected | FundsReleased | PayoutMade
        return [each for each in events if isinstance(each, kinds)]

    async def last(self) -> EscrowSnapshot:
        """The escrow as it was told last."""
        return (await self.told())[-1].escrow

    def _wish(self, version: int, wanted: FundingWish, **changes: Any) -> FundingSnapshot:
        fields: dict[str, Any] = {
            "id": self.funding_id,
            "version": version,
            "subject_id": self.id,
            "kind": PostedKind.DROP,
            "payer_id": self.payer_id,
            "amount_cents": self.amount_cents,
            "currency": "usd",
            "wanted": wanted,
        }
        return FundingSnapshot(**{**fields, **changes})


async def statuses(drops: Sequence[Posted]) -> list[EscrowStatus]:
    """Where the money of each drop is."""
    ids = [drop.id for drop in drops]
    query = select(col(Escrow.id), col(Escrow.status)).where(col(Escrow.id).in_(ids))
    async with drops[0].wallet.database.reading() as session:
        found = {row.id: row.status for row in await session.execute(query)}
    return [found[id] for id in ids]


async def balance(wallet: ServiceUnderTest, owner_id: UUID, currency: str = "usd") -> tuple[int, int]:
    """What an account can spend, and what is held for it."""
    async with wallet.database.reading() as session:
        view = await get_balance(session, owner_id, currency)
    return view.available_cents, view.held_cents
