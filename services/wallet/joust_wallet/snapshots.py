"""What the wallet service owns and tells, told as it is. Accounts and postings are nobody else's business."""

from joust_contracts.events import DealSnapshotEvent, EscrowSnapshotEvent
from joust_kit.messaging.republish import aggregate
from joust_wallet.deals.models import Deal
from joust_wallet.escrows.models import Escrow

AGGREGATES = (
    aggregate(Deal, DealSnapshotEvent, lambda deal: DealSnapshotEvent(deal=deal.snapshot())),
    aggregate(Escrow, EscrowSnapshotEvent, lambda escrow: EscrowSnapshotEvent(escrow=escrow.snapshot())),
)
