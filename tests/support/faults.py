"""What goes wrong with the parts of a stack, as blocks: a fault begins and ends with its block."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import asyncpg

from joust_embedded.errors import StackError
from joust_embedded.stack import Stack

_OF_SERVICES = "application_name LIKE 'joust-%'"


@asynccontextmanager
async def again_and_again(fault: Callable[[], Awaitable[None]], *, every: float) -> AsyncIterator[None]:
    """Repeat ``fault`` every so many seconds in the background of the block."""

    async def repeat() -> None:
        while True:
            await fault()
            await asyncio.sleep(every)

    repeating = asyncio.create_task(repeat())
    try:
        yield
        if repeating.done():
            repeating.result()
    finally:
        repeating.cancel()
        await asyncio.gather(repeating, return_exceptions=True)


@asynccontextmanager
async def backends_dying(stack: Stack, *, every: float) -> AsyncIterator[list[int]]:
    """Every so many seconds one connection of a service, chosen by chance, is ended by the server.

    The value grows by the pids that were ended.
    """
    admin = await asyncpg.connect(stack.database_dsn)
    ended: list[int] = []

    async def end_one() -> None:
        pid = await admin.fetchval(
            "SELECT pid FROM (SELECT pid FROM pg_stat_activity"
            f" WHERE {_OF_SERVICES} ORDER BY random() LIMIT 1) AS one WHERE pg_terminate_backend(pid)"
        )
        if pid is not None:
            ended.append(pid)

    try:
        async with again_and_again(end_one, every=every):
            yield ended
    finally:
        await admin.close()


@asynccontextmanager
async def kept_down(stack: Stack, name: str) -> AsyncIterator[None]:
    """A part is killed, and killed again whenever the supervisor has started it anew."""

    async def kill() -> None:
        try:
            await asyncio.to_thread(stack.kill, name)
        except StackError:
            return  # it is down

    await kill()
    async with again_and_again(kill, every=0.1):
        yield


@asynccontextmanager
async def idle_connections(dsn: str, count: int) -> AsyncIterator[int]:
    """So many connections that do nothing; the value is how many the server gave."""
    opened: list[asyncpg.Connection] = []
    try:
        while len(opened) < count:
            try:
                opened.append(await asyncpg.connect(dsn, timeout=10))
            except asyncpg.TooManyConnectionsError:
                break
        yield len(opened)
    finally:
        await asyncio.gather(*(connection.close() for connection in opened))
