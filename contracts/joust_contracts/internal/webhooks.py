"""Internal API of the webhook service."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import AttemptError, WebhookEventType


class CreateEndpoint(Command):
    """Where to send which events. Source: Straw document, ``POST /api/v1/webhooks``."""

    url: Annotated[Text, StringConstraints(min_length=1, max_length=2048)]
    events: Annotated[tuple[WebhookEventType, ...], Field(min_length=1, max_length=20)]


class EndpointView(Message):
    """A registered endpoint, without its secret."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    active: bool
    created_at: UtcDatetime


class CreatedEndpoint(EndpointView):
    """A new endpoint with its secret, which is shown only now."""

    secret: str


class TrialView(Message):
    """What came of a test delivery: an HTTP status, or the error that stands for it."""

    delivered: bool
    """True for a 2xx status."""
    status: int | None
    latency_ms: int
    response: str
    """First bytes of the answer's body, as far as they are UTF-8."""
    error: AttemptError | None
