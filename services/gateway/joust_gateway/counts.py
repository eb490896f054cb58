"""Counts requests: in a store that all processes of the gateway share, or in this process alone.

While the shared store does not answer in time, each process counts by itself: then a client may ask as
often of each of them, but nobody waits and nobody is refused for want of the store. It is asked again every
second.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from prometheus_client import Gauge
from valkey.asyncio import BlockingConnectionPool
from valkey.exceptions import ValkeyError

from joust_gateway.settings import GatewaySettings
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_RETRY_SECONDS = 1.0
_MAX_CONNECTIONS = 50
_KEY_PREFIX = "joust"

SHARED = Gauge("joust_rate_limits_shared", "1 while requests are counted in the shared store, 0 while not.")


class Counted(NamedTuple):
    """What became of one request."""

    allowed: bool
    remaining: int
    resets_at: float
    """Seconds since 1970."""


class Counts:
    """Counts by sliding windows: a window's count is weighted with that of the window before."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._deadline_seconds = settings.rate_limit_storage_timeout_seconds
        self._pool: BlockingConnectionPool | None = None
        self._shared: SlidingWindowCounterRateLimiter | None = None
        self._away_until: float | None = None
        if (url := settings.shared_counts_url) is not None:
            self._pool = BlockingConnectionPool.from_url(
                url,
                max_connections=_MAX_CONNECTIONS,
                timeout=self._deadline_seconds,
                socket_timeout=self._deadline_seconds,
                socket_connect_timeout=self._deadline_seconds,
            )
            storage = RedisStorage(
                f"async+{url}",
                key_prefix=_KEY_PREFIX,
                connection_pool=self._pool,  # type: ignore[arg-type]
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    @property
    def are_shared(self) -> bool:
        """True if the settings name a store."""
        return self._shared is not None

    async def hit(self, item: RateLimitItem, subject: str) -> Counted:
        """Count a request of ``subject``, unless it is over the limit."""
        if self._shared is not None and self._may_ask():
            try:
                async with asyncio.timeout(self._deadline_seconds):
                    counted = await _hit(self._shared, item, subject)
            except (ValkeyError, OSError) as error:  # a timeout is an OSError
                self._lost(error)
            else:
                self._found()
                return counted
        return await _hit(self._own, item, subject)

    async def ping(self) -> None:
        """Raises ``OSError`` if the shared store does not answer in time."""
        if self._shared is not None:
            async with asyncio.timeout(self._deadline_seconds):
                if not await self._shared.storage.check():
                    raise ConnectionError("the store does not answer; each process counts alone")

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Close all connections at the end of the block."""
        try:
            yield
        finally:
            if self._pool is not None:
                await self._pool.disconnect()

    def _may_ask(self) -> bool:
        """Whether to ask the store; after a failure one request tries, now and then, and the others go on."""
        if self._away_until is None:
            return True
        if time.monotonic() < self._away_until:
            return False
        self._away_until = time.monotonic() + _RETRY_SECONDS
        return True

    def _lost(self, error: Exception) -> None:
        if self._away_until is None:
            log.warning("limits are counted in each process alone", error=repr(error))
        self._away_until = time.monotonic() + _RETRY_SECONDS
        SHARED.set(0)

    def _found(self) -> None:
        if self._away_until is not None:
            log.info("limits are counted in the shared store again")
        self._away_until = None
        SHARED.set(1)


async def _hit(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, subject: str) -> Counted:
    allowed = await limiter.hit(item, subject)
    window = await limiter.get_window_stats(item, subject)
    return Counted(allowed, max(0, window.remaining) if allowed else 0, window.reset_time)
