"""Events as Kafka messages: CloudEvents attributes in headers (binary mode), the data as JSON value.

Source: CloudEvents Kafka Protocol Binding 1.0.2, section 3.2; trace context as W3C ``traceparent``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

from pydantic import ValidationError

from joust_contracts.events import EVENTS_BY_TYPE, Event, EventData
from joust_contracts.services import ServiceName
from joust_kit.observability.tracing import inject_context

Headers = dict[str, str]

D = TypeVar("D", bound=EventData)

DeadLetterReason = Literal["malformed_headers", "malformed_value", "unknown_version", "too_many_attempts"]
"""Why an event was given up. Public: operators and commands read it."""


class UnreadableEvent(Exception):
    """The message is no event that this version can read; trying again would not help."""

    def __init__(self, reason: DeadLetterReason, message: str) -> None:
        super().__init__(message)
        self.reason: DeadLetterReason = reason


def encode(event: Event[D]) -> tuple[Headers, bytes]:
    """Headers and value of an event."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event.id),
        "ce_source": f"/joust/{event.source.value}",
        "ce_type": event.type,
        "ce_time": event.time.isoformat(),
        "ce_subject": str(event.subject),
        "ce_aggregateversion": str(event.aggregate_version),
        "ce_partitionkey": str(event.ordering_key),
        "content-type": "application/json",
    }
    if event.correlation_id is not None:
        headers["ce_correlationid"] = event.correlation_id
    inject_context(headers)
    return headers, event.data.model_dump_json().encode()


@dataclass(frozen=True)
class Message:
    """A Kafka record, apart from any client library."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    headers: Headers
    value: bytes

    @property
    def wire_type(self) -> str:
        """CloudEvents ``type``, empty if there is none."""
        return self.headers.get("ce_type", "")


def message_of(record: Any) -> Message:
    """Take over a record of aiokafka; header bytes that are not UTF-8 are replaced."""
    pairs: Sequence[tuple[str, bytes]] = record.headers
    headers = {name: (value or b"").decode("utf-8", "replace") for name, value in pairs}
    return Message(record.topic, record.partition, record.offset, record.key, headers, record.value or b"")


def decode(message: Message, types: Mapping[str, type[EventData]] = EVENTS_BY_TYPE) -> Event[EventData]:
    """The event in a message.

    Raises ``UnreadableEvent`` with the reason if it is malformed or of a version that ``types`` lacks.
    """
    data_type = types.get(message.wire_type)
    if data_type is None:
        raise UnreadableEvent("unknown_version", f"no reader for type {message.wire_type!r}")
    headers = message.headers
    try:
        attributes = {
            "id": UUID(headers["ce_id"]),
            "type": message.wire_type,
            "source": ServiceName(headers["ce_source"].removeprefix("/joust/")),
            "subject": UUID(headers["ce_subject"]),
            "time": headers["ce_time"],
            "aggregate_version": int(headers["ce_aggregateversion"]),
            "ordering_key": UUID(headers["ce_partitionkey"]),
            "correlation_id": headers.get("ce_correlationid"),
        }
    except (KeyError, ValueError) as error:
        raise UnreadableEvent("malformed_headers", f"header {error}") from error
    try:
        data = data_type.model_validate_json(message.value)
        return Event[data_type](data=data, **attributes)  # type: ignore[valid-type]
    except ValidationError as error:
        summary = error.errors(include_url=False, include_input=False)[:3]
        raise UnreadableEvent("malformed_value", str(summary)) from error
