"""The guarded HTTP client: sends one signed request, and trusts nothing that comes back.

The address is checked when the socket is made, after the name was resolved, so that a name can't lead to an
address inside: neither at once nor later (DNS rebinding). Redirects, cookies, proxies and compressed bodies
are left alone.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp
from aiohttp import ClientTimeout
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from joust_contracts.vocabulary import AttemptError
from joust_kit.targets.addresses import may_be_target

MAX_ANSWER_BYTES = 4096
"""Kept of an answer's body, for the owner to see what went wrong; the rest is not read."""
_CONNECTIONS = 300
"""More than attempts may be under way (``flights``), so that none waits for another's connection."""
_KINDS: tuple[tuple[type[Exception], AttemptError], ...] = (
    (TimeoutError, AttemptError.TIMEOUT),
    (aiohttp.ClientConnectorDNSError, AttemptError.NAME_NOT_RESOLVED),
    (aiohttp.ClientSSLError, AttemptError.TLS_FAILED),
    (aiohttp.ServerDisconnectedError, AttemptError.CONNECTION_FAILED),
    (OSError, AttemptError.CONNECTION_FAILED),
)
"""The first that fits; a kind stands before those that it is derived from."""


@dataclass(frozen=True)
class Answer:
    """What came of one request: a status, or the error that stands for it."""

    status: int | None
    error: AttemptError | None
    latency_ms: int
    head: bytes = b""
    retry_after: str | None = None
    """The header of that name, as it came."""


class AddressNotAllowed(OSError):
    """The name led to an address to which no webhook goes."""


class Sender:
    """Sends requests over one session, whose connections are reused."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def send(
        self, url: str, body: str, headers: Mapping[str, str], *, timeout_seconds: float | None = None
    ) -> Answer:
        """POST ``body``, within the sender's own time unless ``timeout_seconds`` is given.

        Never raises for what the network or the receiver does.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()

        def answer(
            status: int | None, error: AttemptError | None, head: bytes = b"", wish: str | None = None
        ) -> Answer:
            return Answer(status, error, round((loop.time() - began) * 1000), head, wish)

        timeout = self._session.timeout if timeout_seconds is None else ClientTimeout(total=timeout_seconds)
        try:
            async with self._session.post(
                URL(url), data=body.encode(), headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                wish = response.headers.get("Retry-After")
                return answer(response.status, None, await _read_head(response), wish)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return answer(None, _kind_of(error))


class OwnThreads(AbstractResolver):
    """The machine's resolver, asked in threads that nothing else needs.

    A name whose server says nothing keeps its thread for half a minute. The event loop has a handful for all
    names, so a few such endpoints would keep all others waiting, and our own connections, too.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Addresses of ``host``. Raises ``OSError`` if it has none."""
        ask = partial(
            socket.getaddrinfo,
            host,
            port,
            family=family,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=int(address[1]),
                family=family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for family, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Ask no more; what is being asked is left to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@asynccontextmanager
async def open_sender(*, timeout_seconds: float, allow_insecure: bool) -> AsyncIterator[Sender]:
    """A sender whose requests take at most ``timeout_seconds`` each.

    ``allow_insecure``: connections to the own machine are allowed too.
    """

    def make_socket(target: Any) -> socket.socket:
        family, kind, protocol, _, address = target
        if not may_be_target(str(address[0]), allow_loopback=allow_insecure):
            raise AddressNotAllowed("this address is not a public one")
        return socket.socket(family, kind, protocol)

    resolver = OwnThreads()
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, socket_factory=make_socket, resolver=resolver)
    try:
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=ClientTimeout(total=timeout_seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        ) as session:
            yield Sender(session)
    finally:
        await resolver.close()


async def _read_head(response: aiohttp.ClientResponse) -> bytes:
    """The body's first bytes. A body that does not come makes no difference: the status has spoken."""
    head = bytearray()
    try:
        while len(head) < MAX_ANSWER_BYTES and not response.content.at_eof():
            head += await response.content.read(MAX_ANSWER_BYTES - len(head))
    except (aiohttp.ClientError, TimeoutError, OSError):
        response.close()
    if not response.content.at_eof():
        # Releasing it would read on until the connection could be used again.
        response.close()
    return bytes(head)


def _kind_of(error: Exception) -> AttemptError:
    if isinstance(getattr(error, "os_error", None), AddressNotAllowed):
        return AttemptError.ADDRESS_NOT_ALLOWED
    kinds = (kind for failure, kind in _KINDS if isinstance(error, failure))
    return next(kinds, AttemptError.INVALID_ANSWER)
