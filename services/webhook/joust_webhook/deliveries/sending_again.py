"""Making deliveries again, each under the id that it had: one, or many at once."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.internal.webhooks import DeliveryView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_webhook.deliveries import repository
from joust_webhook.deliveries.errors import DeliveryNotFound
from joust_webhook.deliveries.jobs import Deliver, deliver
from joust_webhook.deliveries.models import Delivery
from joust_webhook.endpoints import queries as endpoints


async def resend(unit: UnitOfWork, actor: Actor, endpoint_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Make a delivery again, now; one that waits for its next attempt has it now.

    Raises ``EndpointNotFound``, ``EndpointInactive``, ``EndpointIsDisabled``, ``DeliveryNotFound``.
    """
    # In the order of an attempt's record, which locks the delivery first.
    delivery = await repository.lock(unit.session, delivery_id)
    await endpoints.get_for_sending(unit.session, actor, endpoint_id)
    if delivery is None or delivery.endpoint_id != endpoint_id:
        raise DeliveryNotFound()
    attempt = delivery.send_again()
    # Asking again before it began changes nothing; the job of the attempt's old date will find it made.
    await unit.schedule(
        deliver, Deliver(delivery_id=delivery_id, attempt=attempt), timer_id=f"again:{delivery_id}:{attempt}"
    )
    return delivery.view()


async def resend_all(unit: UnitOfWork, deliveries: Sequence[Delivery]) -> None:
    """Make locked deliveries again, all of which are over."""
    bodies = [Deliver(delivery_id=each.id, attempt=each.send_again()) for each in deliveries]
    await unit.schedule_all(deliver, bodies)
