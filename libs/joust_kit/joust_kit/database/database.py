"""One service's door to PostgreSQL: transactions for writing, single statements for reading."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from joust_kit.clock import Clock, SystemClock
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.ids import Ids, RandomIds
from joust_kit.settings import ServiceSettings

if TYPE_CHECKING:
    from joust_kit.jobs import JobQueue


def open_engine(settings: ServiceSettings, *, application_name: str) -> AsyncEngine:
    """A pool of connections in which every wait has a limit."""
    return create_async_engine(
        str(settings.database_url),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_max_overflow,
        pool_timeout=settings.database_connect_timeout_seconds,
        connect_args={
            "timeout": settings.database_connect_timeout_seconds,
            "command_timeout": settings.database_statement_timeout_seconds,
            "server_settings": {"application_name": application_name, "jit": "off"},
        },
    )


class Database:
    """Opens units of work and read-only sessions."""

    def __init__(
        self, engine: AsyncEngine, tables: KitTables, *, clock: Clock | None = None, ids: Ids | None = None
    ) -> None:
        self.engine = engine
        self.tables = tables
        self.clock = clock or SystemClock()
        self.ids = ids or RandomIds()
        self.jobs: JobQueue | None = None
        self.events_committed: Callable[[], None] = lambda: None
        """Told after each commit that left events; the relay of this process need not wait for NOTIFY."""
        self._writers = async_sessionmaker(engine, expire_on_commit=False)
        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readers = async_sessionmaker(autocommit, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(
        self, *, correlation_id: str | None = None, silent: bool = False
    ) -> AsyncIterator[UnitOfWork]:
        """A transaction that commits at the end of the block, and rolls back on any exception."""
        async with self._writers() as session, session.begin():
            unit = UnitOfWork(
                session,
                self.tables,
                clock=self.clock,
                ids=self.ids,
                jobs=self.jobs,
                correlation_id=correlation_id,
                silent=silent,
            )
            yield unit
            await unit.flush()
        if unit.has_events:
            self.events_committed()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session in which each SELECT stands alone: one round trip, no BEGIN and COMMIT around it."""
        async with self._readers() as session:
            yield session

    async def ping(self) -> None:
        """Raises if the database does not answer."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
