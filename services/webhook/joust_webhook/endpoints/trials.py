"""Test deliveries: one signed request to an endpoint, at once, whose answer its owner is shown.

It is no delivery: it tells of no event, is tried once, and leaves nothing in the log.
"""

from joust_contracts.internal.webhooks import TrialView
from joust_kit.database.database import Database
from joust_webhook.deliveries.rules import payloads
from joust_webhook.deliveries.rules.outcomes import is_success
from joust_webhook.deliveries.rules.signing import signed_headers
from joust_webhook.deliveries.sender import Answer
from joust_webhook.endpoints.models import Endpoint
from joust_webhook.resources import Resources

SHOWN_BYTES = 1024
"""Of an answer's body; enough for a message of error."""


async def try_endpoint(endpoint: Endpoint, resources: Resources, database: Database) -> TrialView:
    """Send a message of type ``webhook.test``, and tell what came of it. Holds no connection meanwhile.

    Only the newest secret signs it, so that a receiver that lacks it is found before the old one is out.
    """
    now = database.clock.now()
    payload = payloads.trial(endpoint.id, now).render()
    secret = resources.vault.decrypt(endpoint.secret_encrypted)
    answer = await resources.sender.send(
        endpoint.url,
        payload,
        signed_headers(database.ids.new(), payload, [secret], now),
        timeout_seconds=resources.settings.test_timeout_seconds,
    )
    return _view(answer)


def _view(answer: Answer) -> TrialView:
    return TrialView(
        delivered=is_success(answer.status),
        status=answer.status,
        latency_ms=answer.latency_ms,
        response=answer.head[:SHOWN_BYTES].decode(errors="replace"),
        error=answer.error,
    )
