"""Holds the answer about a submission until something changes.

It waits as streams do: woken by the broadcast, whichever process took the change, with nothing of the
database in hand; and it looks again now and then, in case an event was missed.
"""

import asyncio
from contextlib import closing
from uuid import UUID

from joust_gateway.clients.call import Call
from joust_gateway.dialects.straw.reading import Sight, read_submission
from joust_gateway.resources import Resources
from joust_kit.errors import Unauthorized


async def wait_for_change(call: Call, submission_id: UUID, resources: Resources, *, seconds: float) -> Sight:
    """The submission once it is another than now, or as it is after ``seconds``.

    At once if nothing more happens to it by itself, or if the process is to stop. Raises what the submission
    service refuses with, ``TooManyStreams`` or ``Unavailable`` if too many wait, and ``Unauthorized`` as soon
    as the key is revoked.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + seconds
    # Listens before the first look, so that no change falls between the two.
    with (
        resources.hub.listen(submission_id) as listener,
        closing(resources.streams.admit(call.caller, listener.wake)) as place,
    ):
        first = await read_submission(call, submission_id, resources)
        while not first.is_over and not listener.must_end and clock() < ends_at:
            await listener.wait(min(resources.settings.stream_heartbeat_seconds, ends_at - clock()))
            if place.is_revoked:
                raise Unauthorized()
            if listener.must_end:
                break
            latest = await read_submission(call, submission_id, resources)
            if latest.version != first.version or clock() >= ends_at:
                return latest
        return first
