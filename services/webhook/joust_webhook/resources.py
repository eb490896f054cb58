"""What the service keeps open beside the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import Request

from joust_kit.derived_secrets import DerivedSecrets
from joust_kit.grouped import Grouped
from joust_kit.jobs import JobContext
from joust_kit.storage import Storage
from joust_webhook.deliveries.flights import Flights, Limits
from joust_webhook.deliveries.sender import Sender, open_sender
from joust_webhook.settings import WebhookSettings
from joust_webhook.vault import Vault


@dataclass(frozen=True)
class Resources:
    """Open for as long as the process runs."""

    settings: WebhookSettings
    vault: Vault
    sender: Sender
    judge_secrets: DerivedSecrets
    storage: Storage
    """Signs URLs; nothing is read or written."""
    flights: Flights
    grouped: Grouped = field(default_factory=Grouped)
    """What jobs do to the database together."""


@asynccontextmanager
async def open_resources(settings: WebhookSettings, storage: Storage) -> AsyncIterator[Resources]:
    """The vault, and one HTTP session for all deliveries."""
    async with open_sender(
        timeout_seconds=settings.delivery_timeout_seconds, allow_insecure=settings.allow_insecure_targets
    ) as sender:
        flights, grouped = flights_of(settings), Grouped()
        try:
            yield Resources(
                settings=settings,
                vault=Vault(settings.secrets_key),
                sender=sender,
                judge_secrets=DerivedSecrets(settings.judge_token_key),
                storage=storage,
                flights=flights,
                grouped=grouped,
            )
        finally:
            await flights.close()
            await grouped.close()


def flights_of(settings: WebhookSettings) -> Flights:
    """Nothing under way yet."""
    return Flights(
        Limits(
            per_receiver=settings.attempts_per_endpoint,
            without_worker=settings.attempts_without_worker,
            patience_seconds=settings.delivery_patience_seconds,
            failures=settings.circuit_failures,
            max_pause=timedelta(seconds=settings.circuit_max_pause_seconds),
        )
    )


def resources_of(holder: Request | JobContext) -> Resources:
    """The resources of the service that answers the request or runs the job."""
    resources: Resources = holder.resources if isinstance(holder, JobContext) else holder.app.state.resources
    return resources
