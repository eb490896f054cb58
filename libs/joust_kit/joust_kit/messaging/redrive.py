"""Looks at a service's dead letters and puts them back to be handled again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from joust_kit.failpoints import failpoint
from joust_kit.messaging.dead_letters import PREFIX, original
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.inbox import message_id
from joust_kit.service import Runtime


@dataclass(frozen=True)
class DeadLetter:
    """An event that was given up."""

    id: UUID
    event_type: str
    reason: str
    error: str
    attempts: int
    given_up_at: str
    message: Message


async def read_dead_letters(runtime: Runtime) -> list[DeadLetter]:
    """All dead letters of the service, oldest first; the newest one of each event."""
    letters: dict[UUID, DeadLetter] = {}
    for message in await _read_all(runtime):
        headers = message.headers
        source = original(message)
        letters[message_id(source)] = DeadLetter(
            id=message_id(source),
            event_type=source.wire_type or "?",
            reason=headers.get(f"{PREFIX}reason", "?"),
            error=headers.get(f"{PREFIX}error", ""),
            attempts=int(headers.get(f"{PREFIX}attempts", 0)),
            given_up_at=headers.get(f"{PREFIX}given_up_at", ""),
            message=source,
        )
    return list(letters.values())


async def redrive(runtime: Runtime, ids: Sequence[UUID] | None = None) -> list[DeadLetter]:
    """Queue dead letters (all, or those of ``ids``) to be handled as if they had just come.

    Handling is guarded by versions, so an event that was overtaken meanwhile changes nothing.
    """
    chosen = [letter for letter in await read_dead_letters(runtime) if ids is None or letter.id in ids]
    for letter in chosen:
        if __debug__:
            failpoint("before_next_letter_put_back")
        async with runtime.database.transaction() as unit:
            await runtime.retries.put_back(unit, letter.message)
    return chosen


async def _read_all(runtime: Runtime) -> list[Message]:
    ends = await runtime.bus.ends([runtime.service.name.dead_letter_topic])
    return [message for place, end in ends.items() async for message in runtime.bus.history(place, 0, end)]
