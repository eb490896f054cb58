"""The form of every event: CloudEvents 1.0 attributes around a pydantic model.

Source: CloudEvents 1.0.2, sections 3.1 (required attributes) and 3.3 (extension attributes);
on Kafka they travel in binary mode (Kafka Protocol Binding 1.0.2, section 3.2).
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, Self, TypeVar
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime, Version
from joust_contracts.services import ServiceName


class EventData(Message, ABC):
    """What an event says. Each carries the whole aggregate that it is about, at one version.

    So a reader needs no earlier event, and an event that comes late or twice is recognised by its version.
    """

    subject_happened: ClassVar[str]
    """Name of the fact in the past tense, e.g. ``task.published``."""
    event_version: ClassVar[int] = 1
    """Raised only for a change that would break a reader; the old class then stays beside the new one."""
    source: ClassVar[ServiceName]
    """The service that emits it; fixes the topic."""

    @classmethod
    def wire_type(cls) -> str:
        """CloudEvents ``type``: the fact and its version, e.g. ``task.published.v1``."""
        return f"{cls.subject_happened}.v{cls.event_version}"

    @property
    @abstractmethod
    def aggregate_id(self) -> UUID:
        """The aggregate that changed (CloudEvents ``subject``)."""

    @property
    @abstractmethod
    def aggregate_version(self) -> int:
        """The aggregate's version after the change."""

    @property
    def ordering_key(self) -> UUID:
        """Kafka key: events with the same key keep their order. The task's id wherever there is one."""
        return self.aggregate_id


T = TypeVar("T", bound=EventData)


class Event(Message, Generic[T]):
    """An event as it travels: attributes and data."""

    id: UUID
    type: str
    source: ServiceName
    subject: UUID
    time: UtcDatetime
    aggregate_version: Version
    ordering_key: UUID
    correlation_id: str | None = Field(default=None, max_length=200)
    """Names the request that all this came from; the gateway waits for outcomes by it."""
    data: T

    @classmethod
    def of(cls, data: T, *, id: UUID, time: UtcDatetime, correlation_id: str | None = None) -> Self:
        """Wrap ``data`` with the attributes that follow from it."""
        return cls(
            id=id,
            type=data.wire_type(),
            source=data.source,
            subject=data.aggregate_id,
            time=time,
            aggregate_version=data.aggregate_version,
            ordering_key=data.ordering_key,
            correlation_id=correlation_id,
            data=data,
        )
