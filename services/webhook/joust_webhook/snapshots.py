"""What the webhook service owns and tells, told as it is. A delivery is told of once it is over; one to a
judge is not: who asked hears what came of it, or asks again."""

from joust_contracts.events import DeliverySnapshotEvent
from joust_contracts.vocabulary import DeliveryState
from joust_kit.messaging.republish import aggregate
from joust_webhook.deliveries.models import Delivery


def _tell_delivery(delivery: Delivery) -> DeliverySnapshotEvent | None:
    if delivery.state == DeliveryState.PENDING or delivery.is_to_judge:
        return None
    return DeliverySnapshotEvent(
        delivery=delivery.snapshot(), succeeded=delivery.state == DeliveryState.DELIVERED
    )


AGGREGATES = (aggregate(Delivery, DeliverySnapshotEvent, _tell_delivery),)
