"""A lease that is renewed for as long as its work takes, so that it can be short and the work long."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_RENEWALS_PER_LEASE = 3


class LeaseLost(Exception):
    """Another may have the work in hand by now, so it was not begun, or was given up in the middle."""


async def run_leased(
    work: Callable[[], Awaitable[None]],
    renew: Callable[[], Awaitable[bool]],
    *,
    lease_seconds: float,
    age_seconds: float,
) -> None:
    """Run ``work`` while ``renew`` goes on telling that the lease is ours.

    One whose age is that of its first renewal is renewed before the work begins, for it may be lost already.
    The work is cancelled as soon as the lease is another's, or could not be renewed for as long as it lasts.
    Raises ``LeaseLost`` in these cases, and what the work raises.
    """
    if age_seconds >= lease_seconds / _RENEWALS_PER_LEASE:
        if not await renew():
            raise LeaseLost
        age_seconds = 0
    running = asyncio.ensure_future(work())
    keeping = asyncio.ensure_future(_keep(renew, lease_seconds, age_seconds))
    try:
        await asyncio.wait({running, keeping}, return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            raise LeaseLost
        await running
    finally:
        keeping.cancel()
        running.cancel()
        await asyncio.gather(keeping, running, return_exceptions=True)


async def _keep(renew: Callable[[], Awaitable[bool]], lease_seconds: float, age_seconds: float) -> None:
    """Returns once the lease must be taken for lost."""
    pause = lease_seconds / _RENEWALS_PER_LEASE
    ends = monotonic() + lease_seconds - age_seconds
    while monotonic() < ends:
        await asyncio.sleep(pause)
        asked = monotonic()
        try:
            async with asyncio.timeout(pause):
                if not await renew():
                    return
        except (SQLAlchemyError, OSError) as error:  # a timeout is an OSError
            log.warning("lease not renewed", error=repr(error))
        else:
            ends = asked + lease_seconds
