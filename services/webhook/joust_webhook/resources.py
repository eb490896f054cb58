"""What the service keeps open beside the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request

from joust_kit.derived_secrets import DerivedSecrets
from joust_kit.jobs import JobContext
from joust_kit.storage import Storage
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


@asynccontextmanager
async def open_resources(settings: WebhookSettings, storage: Storage) -> AsyncIterator[Resources]:
    """The vault, and one HTTP session for all deliveries."""
    async with open_sender(
        timeout_seconds=settings.delivery_timeout_seconds, allow_insecure=settings.allow_insecure_targets
    ) as sender:
        yield Resources(
            settings=settings,
            vault=Vault(settings.secrets_key),
            sender=sender,
            judge_secrets=DerivedSecrets(settings.judge_token_key),
            storage=storage,
        )


def resources_of(holder: Request | JobContext) -> Resources:
    """The resources of the service that answers the request or runs the job."""
    resources: Resources = holder.resources if isinstance(holder, JobContext) else holder.app.state.resources
    return resources
