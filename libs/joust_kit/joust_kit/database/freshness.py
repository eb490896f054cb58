"""Read your own writes across services: wait until a projection has seen a version.

The gateway knows the version of what a caller was just told, and passes it on. The service that decides
on its own projection waits until it is at least that new, instead of refusing for want of news.
"""

import asyncio
from collections.abc import Awaitable, Callable

from joust_kit.errors import Unavailable

_FIRST_PAUSE_SECONDS = 0.004
_MAX_PAUSE_SECONDS = 0.1


async def wait_for_version(
    known_version: Callable[[], Awaitable[int | None]], wanted: int | None, *, timeout_seconds: float = 3.0
) -> None:
    """Return once ``known_version()`` is ``wanted`` or newer; at once if nothing is wanted.

    Raises ``Unavailable`` after ``timeout_seconds``: the caller is right and we are late.
    """
    if wanted is None:
        return
    pause = _FIRST_PAUSE_SECONDS
    deadline = asyncio.get_running_loop().time() + timeout_seconds
    while (await known_version() or 0) < wanted:
        if asyncio.get_running_loop().time() > deadline:
            raise Unavailable("The latest change has not arrived everywhere yet. Try again in a moment.")
        await asyncio.sleep(pause)
        pause = min(_MAX_PAUSE_SECONDS, pause * 2)
