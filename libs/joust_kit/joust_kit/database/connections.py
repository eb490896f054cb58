"""Connections to PostgreSQL in which every wait has a limit, also when the server is silent."""

from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy import AsyncAdaptedQueuePool, ExceptionContext, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from joust_kit.observability.metrics import DATABASE_CONNECTIONS
from joust_kit.settings import ServiceSettings

_SILENCE_SECONDS = 0.1
"""So much later than the server's own limit a statement counts as unanswered."""
_GOODBYE_SECONDS = 0.1
"""How long a connection is given to close in good order."""
_KEEPALIVE = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3"}
"""Seconds, seconds, probes: so soon the server ends the session of a client that it can't reach any more,
and with it a row lock or the relay's advisory lock. By default that takes two hours."""


class HastyConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """Closes quickly: SQLAlchemy would wait for 2 s, and a caller with it, on a server that is silent."""

    async def close(self, *, timeout: float | None = None) -> None:
        """Close in good order if that is quick, else just drop the connection."""
        with suppress(TimeoutError):  # then asyncpg has dropped it
            await super().close(timeout=min(timeout or _GOODBYE_SECONDS, _GOODBYE_SECONDS))


def connect_arguments(settings: ServiceSettings, *, application_name: str) -> dict[str, Any]:
    """What every connection of a service is opened with."""
    limit = settings.database_statement_timeout_seconds
    return {
        "timeout": settings.database_connect_timeout_seconds,
        "command_timeout": limit + _SILENCE_SECONDS,
        "connection_class": HastyConnection,
        "server_settings": {
            "application_name": application_name,
            "jit": "off",
            "statement_timeout": str(round(limit * 1000)),
            **_KEEPALIVE,
        },
    }


def open_engine(
    settings: ServiceSettings,
    *,
    application_name: str,
    pool_size: int | None = None,
    max_overflow: int | None = None,
) -> AsyncEngine:
    """A pool of connections; its size is that of the settings unless given."""
    engine = create_async_engine(
        str(settings.database_url),
        pool_size=settings.database_pool_size if pool_size is None else pool_size,
        max_overflow=settings.database_max_overflow if max_overflow is None else max_overflow,
        pool_timeout=settings.database_pool_timeout_seconds,
        connect_args=connect_arguments(settings, application_name=application_name),
    )
    event.listen(engine.sync_engine, "handle_error", _give_up_the_silent)
    return engine


def count_connections(engine: AsyncEngine) -> None:
    """Have the metrics of this process tell of this pool."""
    if isinstance(engine.pool, AsyncAdaptedQueuePool):
        DATABASE_CONNECTIONS.labels("in_use").set_function(engine.pool.checkedout)
        DATABASE_CONNECTIONS.labels("idle").set_function(engine.pool.checkedin)


def _give_up_the_silent(context: ExceptionContext) -> None:
    """Drop a connection that left a statement unanswered; a ROLLBACK on it would be unanswered as well."""
    if isinstance(context.original_exception, TimeoutError):
        context.is_disconnect = True
