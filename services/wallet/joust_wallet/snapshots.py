"""What the wallet service owns and tells, told as it is. Accounts and postings are nobody else's business."""

from joust_contracts.events import DealSnapshotEvent
from joust_kit.messaging.republish import aggregate
from joust_wallet.deals.models import Deal

AGGREGATES = (aggregate(Deal, DealSnapshotEvent, lambda deal: DealSnapshotEvent(deal=deal.snapshot())),)
