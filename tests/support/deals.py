"""Deals that nobody made, to be told to the webhook service."""

from datetime import UTC, datetime
from uuid import UUID

from joust_contracts.events import DealCreated, Event
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import DealStatus, DealType
from joust_kit.ids import RandomIds

new_id = RandomIds().new


def a_deal(account_id: UUID) -> Event[DealCreated]:
    """What the wallet would tell of a deal of the account."""
    now = datetime.now(UTC)
    deal = DealSnapshot(
        id=new_id(),
        version=1,
        task_id=new_id(),
        poster_id=account_id,
        agent_account_id=new_id(),
        agent_id=new_id(),
        deal_type=DealType.OUTPUT_PURCHASE,
        status=DealStatus.PENDING,
        value_cents=50_000,
        platform_fee_cents=5_000,
        currency="usd",
        created_at=now,
    )
    return Event[DealCreated].of(DealCreated(deal=deal), id=new_id(), time=now)
