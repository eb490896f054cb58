"""Puts the service together from its real parts."""

from dataclasses import replace
from datetime import timedelta

from joust_contracts.services import ServiceName
from joust_kit.maintenance import Aged
from joust_kit.service import Service
from joust_kit.storage import ObjectStorage, Storage
from joust_webhook.base import KIT
from joust_webhook.deliveries.endpoints import router as log
from joust_webhook.deliveries.jobs import deliver
from joust_webhook.deliveries.models import Delivery
from joust_webhook.endpoints.endpoints import router, trials
from joust_webhook.endpoints.models import Endpoint, OldSecret
from joust_webhook.event_log.endpoints import router as event_log
from joust_webhook.event_log.models import LoggedEvent
from joust_webhook.resends.endpoints import router as resends
from joust_webhook.resends.jobs import resend_batch
from joust_webhook.resends.models import Resend
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
        routers=[router, trials, log, resends, event_log],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        aged=[
            Aged(
                table=str(Endpoint.__tablename__),
                moment="deactivated_at",
                keep_for=known.deactivated_endpoint_retention,
            ),
            Aged(
                table=str(Delivery.__tablename__),
                moment="finished_at",
                keep_for=known.delivery_log_retention,
            ),
            Aged(
                table=str(Resend.__tablename__), moment="finished_at", keep_for=known.delivery_log_retention
            ),
            Aged(
                table=str(LoggedEvent.__tablename__), moment="logged_at", keep_for=known.event_log_retention
            ),
            Aged(table=str(OldSecret.__tablename__), moment="signs_until", keep_for=timedelta(0)),
        ],
        jobs=[replace(deliver, lease_seconds=known.lease_seconds), resend_batch],
        open_resources=lambda _runtime: open_resources(known, objects),
    )
