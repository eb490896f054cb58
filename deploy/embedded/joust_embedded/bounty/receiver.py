"""A poster's own HTTP server that receives webhooks and verifies their signatures."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

Delivery = dict[str, Any]


@dataclass
class Receiver:
    """What came, in order of arrival; give it the secret before the first delivery."""

    url: str = ""
    secret: str | None = None
    deliveries: list[Delivery] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refused: int = 0
    told: Callable[[Delivery], None] = lambda _delivery: None
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        """Verify a delivery by the Standard Webhooks library; 401 for one that is not ours."""
        body = await request.text()
        try:
            delivery = Webhook(self.secret or "").verify(body, dict(request.headers))
        except (WebhookVerificationError, ValueError):
            self.refused += 1
            return web.Response(status=401)
        self.deliveries.append(delivery)
        self.ids.append(request.headers["webhook-id"])
        self.told(delivery)
        self._arrived.set()
        return web.Response(status=204)

    def types(self) -> list[str]:
        """Types of the deliveries so far."""
        return [delivery["type"] for delivery in self.deliveries]

    async def wait_for(self, enough: Callable[["Receiver"], bool], *, timeout_seconds: float = 30) -> None:
        """Wait until ``enough(self)``. Raises ``TimeoutError`` after ``timeout_seconds``."""
        async with asyncio.timeout(timeout_seconds):
            while not enough(self):
                self._arrived.clear()
                await self._arrived.wait()


@asynccontextmanager
async def receiving(host: str = "127.0.0.1") -> AsyncIterator[Receiver]:
    """A receiver on a free port of an address of this machine."""
    receiver = Receiver()
    take: Callable[[web.Request], Awaitable[web.StreamResponse]] = receiver.take
    app = web.Application()
    app.router.add_post("/hooks", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://{host}:{port}/hooks"
    try:
        yield receiver
    finally:
        await runner.cleanup()
