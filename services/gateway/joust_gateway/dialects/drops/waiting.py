"""Waits for what a change leads to, as long as an answer may take; what is pending then is told as it is."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from joust_contracts.events.drops import DropSnapshot
from joust_contracts.internal.drops import DropView
from joust_contracts.vocabulary import DropStatus
from joust_gateway.clients.call import Call
from joust_gateway.resources import Resources

_LOOK_AGAIN_SECONDS = 0.5
"""In case an event was missed."""


async def wait_for_drop(
    call: Call, drop_id: UUID, resources: Resources, is_there: Callable[[DropSnapshot], bool]
) -> DropView:
    """The drop as soon as ``is_there`` says so, or as it is when the time is over.

    Raises what the task service refuses with, or ``Unavailable`` if too many wait.
    """
    clock = asyncio.get_running_loop().time
    ends_at = clock() + resources.settings.outcome_wait_seconds
    # Listens before the first look, so that no change falls between the two.
    with resources.hub.listen(drop_id) as listener:
        view = await resources.services.drops.get(call, drop_id)
        while not (is_there(view.drop) or listener.must_end) and clock() < ends_at:
            await listener.wait(min(_LOOK_AGAIN_SECONDS, ends_at - clock()))
            view = await resources.services.drops.get(call, drop_id)
        return view


def is_answered_by_the_wallet(drop: DropSnapshot) -> bool:
    """True once the bounty is held, or known to be missing."""
    return drop.status is not DropStatus.PENDING_PAYMENT or drop.available_cents is not None


def is_over(drop: DropSnapshot) -> bool:
    """True if nothing more happens to it."""
    return drop.status in {DropStatus.VERIFIED, DropStatus.CANCELLED, DropStatus.FAILED}


def is_cancelled_or_scheduled(drop: DropSnapshot) -> bool:
    """True once a wish to cancel has had its effect."""
    return is_over(drop) or drop.status is DropStatus.OPEN
