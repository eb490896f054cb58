"""The form of a dead letter: the message as it came, with headers that say what happened."""

import hashlib
from datetime import datetime

from joust_kit.messaging.envelope import DeadLetterReason, Headers, Message

PREFIX = "joust_dead_letter_"
_MAX_VALUE_BYTES = 800_000
_MAX_ERROR_CHARACTERS = 2000


def dead_letter_headers(
    message: Message, reason: DeadLetterReason, error: str, attempts: int, given_up_at: datetime
) -> Headers:
    """The message's own headers and those that tell why, where and when it was given up."""
    headers = {
        **message.headers,
        f"{PREFIX}reason": reason,
        f"{PREFIX}error": error[:_MAX_ERROR_CHARACTERS],
        f"{PREFIX}attempts": str(attempts),
        f"{PREFIX}topic": message.topic,
        f"{PREFIX}given_up_at": given_up_at.isoformat(),
    }
    if len(message.value) > _MAX_VALUE_BYTES:
        headers[f"{PREFIX}cut_from_bytes"] = str(len(message.value))
        headers[f"{PREFIX}sha256"] = hashlib.sha256(message.value).hexdigest()
    return headers


def fit_for_kafka(value: bytes) -> bytes:
    """The value, cut to what Kafka takes in one batch."""
    return value[:_MAX_VALUE_BYTES]


def original(message: Message) -> Message:
    """The message as it was before it became a dead letter."""
    headers = {name: value for name, value in message.headers.items() if not name.startswith(PREFIX)}
    topic = message.headers.get(f"{PREFIX}topic", message.topic)
    return Message(topic, message.partition, message.offset, message.key, headers, message.value)
