"""Webhook endpoints as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.webhooks import CreatedEndpoint, CreateEndpoint, EndpointView, TrialView
from joust_contracts.vocabulary import AttemptError, WebhookEventType


class NewWebhook(CreateEndpoint):
    """Where to send which events."""


class Webhook(Message):
    """A webhook, without its secret."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    active: bool = Field(description="False once it was deactivated: nothing more is sent to it.")
    created_at: UtcDatetime

    @classmethod
    def of(cls, endpoint: EndpointView) -> Self:
        """Translate."""
        return cls(**endpoint.model_dump())


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


class WebhookTest(Message):
    """What came of a test delivery."""

    delivered: bool = Field(description="True for a 2xx status.")
    status: int | None = Field(description="What your server answered; null if there was no answer.")
    latency_ms: int = Field(description="From the first attempt to connect to the end of the answer.")
    response: str = Field(description="The first 1,024 bytes of the answer.")
    error: AttemptError | None = Field(description="Why there was no answer; null if there was one.")

    @classmethod
    def of(cls, trial: TrialView) -> Self:
        """Translate."""
        return cls(**trial.model_dump())
