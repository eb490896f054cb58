"""The stream of one submission: its state now, each change, and its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, closing
from uuid import UUID

from joust_gateway.access.open_streams import OpenStream
from joust_gateway.clients.call import Call
from joust_gateway.dialects.straw.reading import Sight, read_submission
from joust_gateway.resources import Resources
from joust_gateway.settings import GatewaySettings
from joust_gateway.streams.hub import Listener
from joust_gateway.streams.sse import HEARTBEAT, OPENING, EventStream, frame
from joust_kit.errors import JoustError, Unauthorized

Read = Callable[[], Awaitable[Sight]]


async def watch_submission(call: Call, submission_id: UUID, resources: Resources) -> EventStream:
    """Begin a stream. Raises what the submission service refuses with, or ``Unavailable``."""

    async def read() -> Sight:
        return await read_submission(call, submission_id, resources)

    # Listens before the first look, so that no change falls between the two.
    with ExitStack() as opened:
        listener = opened.enter_context(resources.hub.listen(submission_id))
        place = opened.enter_context(closing(resources.streams.admit(call.caller, listener.wake)))
        first = await read()
        close = opened.pop_all().close
    settings = resources.settings
    return EventStream(
        _frames(first, read, listener, place, settings),
        send_timeout_seconds=settings.stream_send_timeout_seconds,
        at_end=close,
    )


async def _frames(
    sight: Sight, read: Read, listener: Listener, place: OpenStream, settings: GatewaySettings
) -> AsyncIterator[bytes]:
    clock = asyncio.get_running_loop().time
    ends_at = clock() + settings.stream_max_seconds
    yield OPENING
    yield _frame("submission", sight)
    while not sight.is_over:
        patience = min(settings.stream_heartbeat_seconds, ends_at - clock())
        if not await listener.wait(patience):
            if clock() >= ends_at:
                return
            yield HEARTBEAT
        if listener.must_end:
            return
        if place.is_revoked:
            yield frame("error", Unauthorized().answer().model_dump_json(), str(sight.version))
            return
        shown = sight.version
        try:
            sight = await read()
        except JoustError as error:
            yield frame("error", error.answer().model_dump_json(), str(shown))
            return
        if sight.version != shown:
            yield _frame("submission", sight)
    yield _frame("terminal", sight)


def _frame(event: str, sight: Sight) -> bytes:
    return frame(event, sight.submission.model_dump_json(), str(sight.version))
