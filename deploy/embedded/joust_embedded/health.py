"""Is it there? Cheap questions over TCP and HTTP, without an HTTP client to import."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable


async def until(condition: Callable[[], Awaitable[bool]], poll_seconds: float = 0.05) -> None:
    """Ask again and again until the answer is yes; limits are the caller's."""
    while not await condition():  # noqa: ASYNC110 - other processes set no Event of ours
        await asyncio.sleep(poll_seconds)


async def tcp_open(host: str, port: int, timeout: float = 1.0) -> bool:
    """Whether something accepts connections there."""
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError):
        return False
    await _close(writer)
    return True


async def http_status(host: str, port: int, path: str, timeout: float = 5.0) -> int:
    """Status of a GET, 0 when there is no answer in time."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                head = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
                writer.write(head.encode())
                line = await reader.readline()
            finally:
                await _close(writer)
        return int(line.split()[1])
    except (OSError, TimeoutError, ValueError, IndexError):
        return 0


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
