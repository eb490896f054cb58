"""Holds the answer about a submission until something changes, and that about an account's events until there
are new ones.

It waits as streams do: woken by the broadcast, whichever process took the change, with nothing of the
database in hand; and it looks again now and then, in case an event was missed.
"""

import asyncio
from contextlib import closing
from uuid import UUID

from joust_contracts.internal.webhooks import EventPage
from joust_gateway.clients.call import Call
from joust_gateway.dialects.straw.reading import Sight, read_submission
from joust_gateway.resources import Resources
from joust_gateway.streams.hub import EventsOf
from joust_kit.errors import Unauthorized

_FIRST_LOOK_SECONDS = 0.05
"""What the gateway hears of is in the account's log a moment later: it looks after so long, and again after
twice as long each time, up to the usual interval."""


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


async def wait_for_events(
    call: Call, after: int, limit: int, resources: Resources, *, seconds: float
) -> EventPage:
    """The caller's events behind position ``after`` once there are any, or an empty page after ``seconds``.

    At once if the process is to stop. Raises what the webhook service refuses with, ``TooManyStreams`` or
    ``Unavailable`` if too many wait, and ``Unauthorized`` as soon as the key is revoked.
    """
    webhooks = resources.services.webhooks
    if not seconds:
        return await webhooks.list_events(call, after, limit)
    clock = asyncio.get_running_loop().time
    ends_at = clock() + seconds
    pause = _FIRST_LOOK_SECONDS
    with (
        resources.hub.listen(EventsOf(call.caller.actor.account_id)) as listener,
        closing(resources.streams.admit(call.caller, listener.wake)) as place,
    ):
        while True:
            page = await webhooks.list_events(call, after, limit)
            if page.data or listener.must_end or clock() >= ends_at:
                return page
            if await listener.wait(min(pause, ends_at - clock())):
                pause = _FIRST_LOOK_SECONDS
            else:
                pause = min(2 * pause, resources.settings.stream_heartbeat_seconds)
            if place.is_revoked:
                raise Unauthorized()
