"""How often one client may ask (Straw document, ``rate_limits``), counted by address in this process.

Every request under ``/api/`` counts as general; a route adds a limit of its own by ``limited``. Answers
tell the tightest limit that applied, in ``RateLimit-Limit``, ``-Remaining`` and ``-Reset`` (seconds).
"""

import math
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from fastapi import Depends, FastAPI, Request
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_gateway.access.client_address import client_address, subscriber_of
from joust_gateway.settings import GatewaySettings
from joust_kit.errors import RateLimited
from joust_kit.http.errors import render

_APPLIED = "joust.limits"
_API = "/api/"


class Limit(StrEnum):
    """What is counted."""

    GENERAL = "general"
    SUBMISSIONS = "submissions"
    MUTATIONS = "mutations"
    ACCOUNTS = "accounts"


@dataclass(frozen=True)
class Standing:
    """Where a client stands with one limit, after the request that was just counted."""

    limit: int
    remaining: int
    reset_seconds: int
    allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The standing as ``RateLimit-*`` headers."""
        values = {"limit": self.limit, "remaining": self.remaining, "reset": self.reset_seconds}
        return [(f"ratelimit-{name}".encode(), str(value).encode()) for name, value in values.items()]


class RateLimits:
    """Counts requests. A window slides: its count is weighted with that of the minute before."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def count(self, limit: Limit, subscriber: str) -> Standing:
        """Count a request, unless it is over the limit."""
        per_minute = getattr(self._settings, f"rate_limit_{limit.value}_per_minute")
        item = RateLimitItemPerMinute(per_minute, namespace=limit.value)
        allowed = await self._limiter.hit(item, subscriber)
        window = await self._limiter.get_window_stats(item, subscriber)
        reset_seconds = max(1, math.ceil(window.reset_time - time.time()))
        return Standing(per_minute, max(0, window.remaining if allowed else 0), reset_seconds, allowed)


@dataclass
class _Applied:
    """The limits that one request met."""

    limits: RateLimits
    subscriber: str
    tightest: Standing | None = None

    async def apply(self, limit: Limit) -> None:
        """Count the request. Raises ``RateLimited``."""
        standing = await self.limits.count(limit, self.subscriber)
        if self.tightest is None or not standing.allowed or standing.remaining < self.tightest.remaining:
            self.tightest = standing
        if not standing.allowed:
            raise RateLimited(standing.reset_seconds, None, limit=limit.value, per_minute=standing.limit)


class LimitRequests:
    """ASGI middleware: the general limit, and the headers."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        self._app = app
        self._settings = settings
        self._limits = RateLimits(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_API):
            await self._app(scope, receive, send)
            return
        subscriber = subscriber_of(address_of(Request(scope), self._settings))
        applied = scope[_APPLIED] = _Applied(self._limits, subscriber)

        async def add_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and applied.tightest is not None:
                message["headers"] = [*message["headers"], *applied.tightest.headers()]
            await send(message)

        try:
            await applied.apply(Limit.GENERAL)
        except RateLimited as refusal:
            await render(refusal)(scope, receive, add_headers)
            return
        await self._app(scope, receive, add_headers)


def limited(limit: Limit) -> Any:
    """Declare a route's own limit: ``dependencies=[limited(Limit.MUTATIONS)]``."""

    async def count(request: Request) -> None:
        applied: _Applied | None = request.scope.get(_APPLIED)
        if applied is not None:
            await applied.apply(limit)

    return Depends(count)


def address_of(request: Request, settings: GatewaySettings) -> str:
    """The client's address."""
    peer = request.client.host if request.client else ""
    return client_address(peer, request.headers.getlist("X-Forwarded-For"), settings.trusted_proxies)


def install_limits(app: FastAPI, settings: GatewaySettings) -> None:
    """Limit what clients may ask of ``app``, if the settings say so."""
    if settings.rate_limit_enabled:
        app.add_middleware(LimitRequests, settings=settings)
