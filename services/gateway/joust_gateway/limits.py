"""How often one client may ask (Straw document, ``rate_limits``), counted by address.

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
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from joust_gateway.access.client_address import client_address, subscriber_of
from joust_gateway.counts import Counts
from joust_gateway.settings import GatewaySettings
from joust_kit.errors import RateLimited
from joust_kit.http.errors import render

_APPLIED = "joust.limits"
_COUNTED = "joust.failed_key_counted"
_API = "/api/"


class Limit(StrEnum):
    """What is counted."""

    GENERAL = "general"
    SUBMISSIONS = "submissions"
    MUTATIONS = "mutations"
    ACCOUNTS = "accounts"
    FAILED_KEYS = "failed_keys"


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
    """The limits of the settings, by the minute."""

    def __init__(self, settings: GatewaySettings, counts: Counts) -> None:
        self._settings = settings
        self._counts = counts

    async def count(self, limit: Limit, subject: str) -> Standing:
        """Count a request, unless it is over the limit."""
        per_minute = getattr(self._settings, f"rate_limit_{limit.value}_per_minute")
        item = RateLimitItemPerMinute(per_minute, namespace=limit.value)
        counted = await self._counts.hit(item, subject)
        reset_seconds = max(1, math.ceil(counted.resets_at - time.time()))
        return Standing(per_minute, counted.remaining, reset_seconds, counted.allowed)


@dataclass
class _Applied:
    """The limits that one request met."""

    limits: RateLimits
    subscriber: str
    tightest: Standing | None = None

    async def apply(self, limit: Limit, subject: str | None = None) -> None:
        """Count the request, by the client's address or by ``subject``. Raises ``RateLimited``."""
        standing = await self.limits.count(limit, subject or self.subscriber)
        if self.tightest is None or not standing.allowed or standing.remaining < self.tightest.remaining:
            self.tightest = standing
        if not standing.allowed:
            raise RateLimited(standing.reset_seconds, None, limit=limit.value, per_minute=standing.limit)


class LimitRequests:
    """ASGI middleware: the general limit, and the headers."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings, counts: Counts) -> None:
        self._app = app
        self._settings = settings
        self._limits = RateLimits(settings, counts)

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


@dataclass(frozen=True)
class OwnLimit:
    """A route's own limit, as a dependency of it."""

    limit: Limit

    async def __call__(self, request: Request) -> None:
        applied: _Applied | None = request.scope.get(_APPLIED)
        if applied is not None:
            await applied.apply(self.limit)


def limited(limit: Limit) -> Any:
    """Declare a route's own limit: ``dependencies=[limited(Limit.MUTATIONS)]``."""
    return Depends(OwnLimit(limit))


async def count_failed_key(request: Request, beginning: str | None) -> None:
    """Count a key that does not work, by address and by how it begins. Raises ``RateLimited``.

    It is counted only once the key was looked up: whoever holds a valid key can't be kept out by others who
    guess from the same address, or at keys that begin alike.
    """
    applied: _Applied | None = request.scope.get(_APPLIED)
    if applied is None or request.scope.get(_COUNTED):
        return
    request.scope[_COUNTED] = True
    if beginning is not None:
        await applied.apply(Limit.FAILED_KEYS, beginning)
    await applied.apply(Limit.FAILED_KEYS)


def address_of(request: Request, settings: GatewaySettings) -> str:
    """The client's address."""
    peer = request.client.host if request.client else ""
    return client_address(peer, request.headers.getlist("X-Forwarded-For"), settings.trusted_proxies)


def install_limits(app: FastAPI, settings: GatewaySettings, counts: Counts) -> None:
    """Limit what clients may ask of ``app``, if the settings say so."""
    if settings.rate_limit_enabled:
        app.add_middleware(LimitRequests, settings=settings, counts=counts)
