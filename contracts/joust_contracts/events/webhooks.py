"""Facts about deliveries, told by the webhook service."""

from typing import ClassVar
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime, Version
from joust_contracts.events.base import EventData
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import AttemptError, DisabledReason


class DeliverySnapshot(Message):
    """One message to one endpoint, at one version."""

    id: UUID
    version: Version
    endpoint_id: UUID
    account_id: UUID
    event_type: str
    """A ``WebhookEventType``. The schema lists none of them, because there will be more."""
    attempts: int
    last_status: int | None = None
    finished_at: UtcDatetime


class _DeliveryEvent(EventData):
    source: ClassVar[ServiceName] = ServiceName.WEBHOOK

    delivery: DeliverySnapshot

    @property
    def aggregate_id(self) -> UUID:
        return self.delivery.id

    @property
    def aggregate_version(self) -> int:
        return self.delivery.version

    @property
    def ordering_key(self) -> UUID:
        return self.delivery.endpoint_id


class DeliverySucceeded(_DeliveryEvent):
    """The endpoint answered 2xx."""

    subject_happened: ClassVar[str] = "delivery.succeeded"


class DeliveryFailed(_DeliveryEvent):
    """All attempts failed, or no further one is made because the endpoint takes no more."""

    subject_happened: ClassVar[str] = "delivery.failed"


class DeliverySnapshotEvent(_DeliveryEvent):
    """A finished delivery as it is, told anew; nothing happened to it."""

    subject_happened: ClassVar[str] = "delivery.snapshot"

    succeeded: bool


class EndpointDisabled(EventData):
    """Nothing more is sent to an endpoint until its owner enables it."""

    source: ClassVar[ServiceName] = ServiceName.WEBHOOK
    subject_happened: ClassVar[str] = "endpoint.disabled"

    endpoint_id: UUID
    version: Version
    account_id: UUID
    reason: DisabledReason
    disabled_at: UtcDatetime

    @property
    def aggregate_id(self) -> UUID:
        return self.endpoint_id

    @property
    def aggregate_version(self) -> int:
        return self.version

    @property
    def ordering_key(self) -> UUID:
        return self.endpoint_id


class JudgeUnreached(EventData):
    """A request to the poster's own judge was not taken, and is not sent again by itself."""

    source: ClassVar[ServiceName] = ServiceName.WEBHOOK
    subject_happened: ClassVar[str] = "judge.unreached"

    evaluation_id: UUID
    task_id: UUID
    version: Version
    attempts: int
    last_status: int | None
    last_error: AttemptError | None
    """In place of a status."""

    @property
    def aggregate_id(self) -> UUID:
        return self.evaluation_id

    @property
    def aggregate_version(self) -> int:
        return self.version

    @property
    def ordering_key(self) -> UUID:
        return self.task_id
