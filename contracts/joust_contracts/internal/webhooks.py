"""Internal API of the webhook service."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints, model_validator

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.internal.common import Text
from joust_contracts.vocabulary import (
    AttemptError,
    DeliveryState,
    DisabledReason,
    GiveUpReason,
    WebhookEventType,
)

_Url = Annotated[Text, StringConstraints(min_length=1, max_length=2048)]
_Events = Annotated[tuple[WebhookEventType, ...], Field(min_length=1, max_length=50)]
_Tasks = Annotated[
    tuple[UUID, ...],
    Field(
        min_length=1,
        max_length=100,
        description="Only events about these tasks, drops or competitions; null for all of them.",
    ),
]
Position = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""Place in an account's log of events, which counts from 1; 0 is before the first."""
_MAX_OLD_SECRET_SECONDS = 604_800
"""A week: who still verifies with the old secret then has lost it for another reason."""


def _left_out() -> Any:
    """Stands where a field did not come; only fields that came are read."""
    return None


class CreateEndpoint(Command):
    """Where to send which events. Source: Straw document, ``POST /api/v1/webhooks``."""

    url: _Url
    events: _Events
    task_ids: _Tasks | None = None


class UpdateEndpoint(Command):
    """Changes to an endpoint: the fields that came."""

    url: _Url = Field(default_factory=_left_out)
    events: _Events = Field(default_factory=_left_out)
    task_ids: _Tasks | None = Field(default_factory=_left_out)
    enabled: bool = Field(
        default_factory=_left_out,
        description="False: nothing is sent. True: sending begins again, also after failures.",
    )

    def changes(self) -> dict[str, Any]:
        """The fields that came."""
        return self.model_dump(exclude_unset=True)


class RotateSecret(Command):
    """A new secret in place of the one that signs."""

    old_secret_seconds: Annotated[int, Field(strict=True, ge=0, le=_MAX_OLD_SECRET_SECONDS)] | None = Field(
        default=None,
        description="How long the old secret signs too: 24 hours if left out, 0 if it has leaked.",
    )


class Replay(Command):
    """Which deliveries of an endpoint are made again: those of events of a span of time."""

    since: UtcDatetime
    until: UtcDatetime | None = Field(default=None, description="Not included; now if left out.")

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.until is not None and self.until <= self.since:
            raise ValueError("until must be later than since")
        return self


class Recover(Command):
    """Which deliveries of an endpoint are made again: those that failed for good since a moment."""

    since: UtcDatetime


class EndpointView(Message):
    """A registered endpoint, without its secret."""

    id: UUID
    url: str
    events: tuple[WebhookEventType, ...]
    active: bool
    created_at: UtcDatetime
    enabled: bool = True
    disabled_reason: DisabledReason | None = None
    task_ids: tuple[UUID, ...] | None = None


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


class RotatedSecret(Message):
    """The new secret, shown only now."""

    endpoint_id: UUID
    secret: str
    old_secret_until: UtcDatetime | None
    """So long each message has a signature by the old secret, too."""


class DeliveryView(Message):
    """One message to one endpoint, as the log shows it."""

    id: UUID
    event_id: UUID
    """What the message tells of; its ``webhook-id`` is made from it."""
    event_type: WebhookEventType
    state: DeliveryState
    attempts: int
    last_status: int | None
    failure_reason: GiveUpReason | None
    created_at: UtcDatetime
    finished_at: UtcDatetime | None


class AttemptView(Message):
    """One try: the answer's status, or why there was none."""

    number: int
    status: int | None
    error: AttemptError | None
    latency_ms: int
    started_at: UtcDatetime
    response: str
    """First bytes of the answer's body, as far as they are UTF-8."""


class DeliveryDetail(DeliveryView):
    """A delivery with the text that was signed and its latest attempts, newest first."""

    payload: str
    log: tuple[AttemptView, ...]


class ResendView(Message):
    """A replay or a recovery, which goes on in the background."""

    id: UUID
    endpoint_id: UUID
    since: UtcDatetime
    until: UtcDatetime
    failed_only: bool


class LoggedEventView(Message):
    """A message as the account's log has it, under the id that its webhooks get it with."""

    position: Position
    id: str
    """The ``webhook-id``."""
    type: WebhookEventType
    timestamp: UtcDatetime
    data: dict[str, JsonValue]


class EventPage(Message):
    """Events of an account, oldest first."""

    data: tuple[LoggedEventView, ...]
    next_after: Position
    """The last position of the page; of an empty one the position that it was asked for."""
    has_more: bool
