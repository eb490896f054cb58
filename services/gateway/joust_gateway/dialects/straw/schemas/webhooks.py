"""Webhook endpoints as the Straw API shows them."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.webhooks import (
    CreatedEndpoint,
    CreateEndpoint,
    DeliveryDetail,
    DeliveryView,
    EndpointView,
    Recover,
    Replay,
    ResendView,
    RotatedSecret,
    RotateSecret,
    TrialView,
    UpdateEndpoint,
)
from joust_contracts.vocabulary import (
    AttemptError,
    DeliveryState,
    DisabledReason,
    GiveUpReason,
    WebhookEventType,
)
from joust_gateway.dialects.straw.schemas.money import PageQuery

_SECRET = "Verifies signatures (Standard Webhooks). It is shown only now."  # noqa: S105 - a description


class NewWebhook(CreateEndpoint):
    """Where to send which events."""


class WebhookChanges(UpdateEndpoint):
    """What changes: the fields that are sent."""


class Rotation(RotateSecret):
    """A new secret in place of the one that signs."""


class ReplaySpan(Replay):
    """Of which span of time."""


class RecoverySpan(Recover):
    """Since when."""


class Webhook(Message):
    """A webhook, without its secret."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    active: bool = Field(description="False once it was deactivated: nothing more is sent to it.")
    created_at: UtcDatetime
    enabled: bool = Field(description="False: nothing is sent until it is enabled.")
    disabled_reason: DisabledReason | None = Field(
        description="`owner`, `gone` (it answered 410) or `failing` (nothing arrived for days)."
    )
    task_ids: tuple[UUID, ...] | None = Field(
        description="Only events about these tasks or drops; null for all of them."
    )

    @classmethod
    def of(cls, endpoint: EndpointView) -> Self:
        """Translate."""
        return cls(**endpoint.model_dump())


class CreatedWebhook(Message):
    """A new webhook with its secret, which is shown only now."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    secret: str = Field(description=_SECRET)
    active: bool
    created_at: UtcDatetime
    task_ids: tuple[UUID, ...] | None

    @classmethod
    def of(cls, endpoint: CreatedEndpoint) -> Self:
        """Translate."""
        return cls(**endpoint.model_dump(include=set(cls.model_fields)))


class NewSecret(Message):
    """The secret that signs from now on."""

    webhook_id: UUID
    secret: str = Field(description=_SECRET)
    old_secret_until: UtcDatetime | None = Field(
        description="Until then every message has a signature by the old secret, too; null if it is out."
    )

    @classmethod
    def of(cls, rotated: RotatedSecret) -> Self:
        """Translate."""
        return cls(webhook_id=rotated.endpoint_id, **rotated.model_dump(exclude={"endpoint_id"}))


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    state: DeliveryState | None = Field(default=None, description="Only deliveries in this state.")

    def params(self) -> dict[str, str]:
        """For the webhook service."""
        wanted = self.model_dump(mode="json", exclude_none=True)
        return {name: str(value) for name, value in wanted.items()}


class WebhookDelivery(Message):
    """One message to a webhook."""

    id: UUID
    event_id: UUID = Field(
        description="`webhook-id` is this behind `msg_`: at all your webhooks, in every attempt."
    )
    event_type: WebhookEventType
    state: DeliveryState
    attempts: int
    last_status: int | None = Field(description="What your server answered last; null for no answer.")
    failure_reason: GiveUpReason | None
    created_at: UtcDatetime
    finished_at: UtcDatetime | None

    @classmethod
    def of(cls, delivery: DeliveryView) -> Self:
        """Translate."""
        return cls(**delivery.model_dump())


class WebhookAttempt(Message):
    """One try to deliver a message."""

    number: int
    status: int | None
    error: AttemptError | None = Field(description="Why there was no answer; null if there was one.")
    latency_ms: int
    started_at: UtcDatetime
    response: str = Field(description="The first 4,096 bytes of the answer.")


class WebhookDeliveryDetail(WebhookDelivery):
    """A message with its text and its latest 50 attempts, newest first."""

    payload: str = Field(description="The text that was signed.")
    log: tuple[WebhookAttempt, ...]

    @classmethod
    def of_detail(cls, delivery: DeliveryDetail) -> Self:
        """Translate."""
        return cls(**delivery.model_dump())


class WebhookResend(Message):
    """A replay or a recovery that was begun."""

    id: UUID
    webhook_id: UUID
    since: UtcDatetime
    until: UtcDatetime = Field(description="Not included.")
    failed_only: bool

    @classmethod
    def of(cls, begun: ResendView) -> Self:
        """Translate."""
        return cls(webhook_id=begun.endpoint_id, **begun.model_dump(exclude={"endpoint_id"}))


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
