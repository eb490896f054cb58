"""Puts the service together from its real parts."""

from dataclasses import replace

from joust_contracts.services import ServiceName
from joust_kit.maintenance import Aged
from joust_kit.service import Service
from joust_kit.storage import ObjectStorage, Storage
from joust_webhook.base import KIT
from joust_webhook.deliveries.jobs import deliver
from joust_webhook.endpoints.endpoints import router, trials
from joust_webhook.endpoints.models import Endpoint
from joust_webhook.resources import open_resources
from joust_webhook.settings import WebhookSettings
from joust_webhook.snapshots import AGGREGATES
from joust_webhook.subscriptions import SUBSCRIPTIONS


def create_service(settings: WebhookSettings | None = None, *, storage: Storage | None = None) -> Service:
    """The webhook service; settings come from the environment and objects lie in S3 unless given."""
    known = settings or WebhookSettings()
    objects = storage or ObjectStorage(known)
    return Service(
        name=ServiceName.WEBHOOK,
        description="Endpoints, signatures, deliveries and their log.",
        settings=known,
        tables=KIT,
        routers=[router, trials],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        aged=[
            Aged(
                table=str(Endpoint.__tablename__),
                moment="deactivated_at",
                keep_for=known.deactivated_endpoint_retention,
            )
        ],
        jobs=[replace(deliver, lease_seconds=known.lease_seconds)],
        open_resources=lambda _runtime: open_resources(known, objects),
    )
