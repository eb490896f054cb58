"""All tables of the service, for migrations."""

from joust_webhook.base import KIT
from joust_webhook.deliveries.models import Attempt, Delivery
from joust_webhook.endpoints.models import Endpoint, OldSecret
from joust_webhook.event_log.models import EventCount, LoggedEvent
from joust_webhook.resends.models import Resend

METADATA = KIT.metadata

__all__ = ["METADATA", "Attempt", "Delivery", "Endpoint", "EventCount", "LoggedEvent", "OldSecret", "Resend"]
