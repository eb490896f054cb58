"""Headers of a webhook by the Standard Webhooks specification, "Webhook metadata" and "Signature scheme"."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from standardwebhooks import Webhook

USER_AGENT = "Joust-Webhooks/1"


def message_id(event_id: UUID) -> str:
    """One for an event: the same at all its endpoints, in every attempt, when it is sent again, and in the
    account's log of events. So a receiver can tell what it has already seen, however it came."""
    return f"msg_{event_id}"


def signed_headers(event_id: UUID, payload: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """All headers of one attempt; ``now`` is the attempt's own time, in UTC.

    One signature for each of ``secrets``: while a secret is rotated, receivers that know the old one and
    receivers that know the new one can both verify.
    """
    id = message_id(event_id)
    return {
        "content-type": "application/json",
        "user-agent": USER_AGENT,
        "webhook-id": id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(id, now, payload) for secret in secrets),
    }
