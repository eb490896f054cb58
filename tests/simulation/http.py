"""HTTP between processes, without sockets: each request and each answer waits for its turn."""

import asyncio
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp
from multidict import CIMultiDict

from tests.simulation.loop import Process
from tests.simulation.scheduler import Scheduler

_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: "CIMultiDict[str]"
    body: bytes

    async def read(self) -> bytes:
        """As aiohttp's responses have it."""
        return self.body


@dataclass(frozen=True)
class Server:
    """An app and the process in which it runs."""

    process: Process
    app: Any


class Network:
    """Carries requests to whoever serves a name now."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.servers: dict[str, Server] = {}

    async def ask(
        self,
        name: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *,
        query: str = "",
        body: bytes = b"",
    ) -> Answer:
        """Send a request. Raises ``ClientConnectionError`` if nobody is there, or the answer is lost."""
        await self._scheduler.point(f"{method} {name} {path}")
        server = self.servers.get(name)
        if server is None or server.process.is_dead:
            raise aiohttp.ClientConnectionError(f"{name} is down")
        answering: asyncio.Future[Answer] = self._scheduler.loop.create_future()

        def lose() -> None:
            if not answering.done():
                answering.set_exception(aiohttp.ServerDisconnectedError())

        server.process.on_death.append(lose)
        pairs = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
        scope = _scope(method, path, query, [*pairs, (b"content-length", str(len(body)).encode())])
        serving = _serve(server.app, scope, body, answering)
        self._scheduler.loop.create_task(serving, context=server.process.context())
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            answer = await answering
        await self._scheduler.point(f"{answer.status} from {name} {path}")
        if self._scheduler.faults.hit(self._scheduler.faults.answer):
            raise aiohttp.ServerDisconnectedError()
        return answer


class NetworkSession:
    """As much of ``aiohttp.ClientSession`` as the gateway uses."""

    timeout = aiohttp.ClientTimeout()
    """Nobody's patience ends here: what is lost fails at once."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @asynccontextmanager
    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
        headers: Mapping[str, str],
        **_options: Any,
    ) -> Any:
        """Ask the service that the URL names."""
        parts = urlsplit(str(url))
        name = str(parts.hostname).removesuffix(".sim")
        query = urlencode(params or {})
        yield await self._network.ask(name, method, parts.path, headers, query=query, body=data or b"")


def _scope(method: str, path: str, query: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "server": ("sim", 80),
        "client": ("10.0.0.1", 40000),
    }


async def _serve(app: Any, scope: dict[str, Any], body: bytes, answering: "asyncio.Future[Answer]") -> None:
    sent = False
    status = 500
    headers: CIMultiDict[str] = CIMultiDict()
    content = b""

    async def receive() -> dict[str, Any]:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status, content
        if message["type"] == "http.response.start":
            status = message["status"]
            headers.extend(
                (key.decode("latin-1"), value.decode("latin-1")) for key, value in message["headers"]
            )
        elif message["type"] == "http.response.body":
            content += message.get("body", b"")
            if not message.get("more_body") and not answering.done():
                answering.set_result(Answer(status, headers, content))

    try:
        await app(scope, receive, send)
    except Exception as error:  # noqa: BLE001 - a server answers for its app
        if not answering.done():
            answering.set_result(Answer(500, headers, repr(error).encode()))
