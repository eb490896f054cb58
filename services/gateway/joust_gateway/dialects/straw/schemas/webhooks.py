"""Webhook endpoints as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint
from joust_contracts.vocabulary import WebhookEventType


class NewWebhook(CreateEndpoint):
    """Where to send which events."""


class CreatedWebhook(Message):
    """A new webhook with its secret, which is shown only now."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    secret: str = Field(description="Verifies signatures (Standard Webhooks). It is shown only now.")
    active: bool
    created_at: UtcDatetime

    @classmethod
    def of(cls, endpoint: CreatedEndpoint) -> Self:
        """Translate."""
        return cls(**endpoint.model_dump())
