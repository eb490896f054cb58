"""One service's door to PostgreSQL: transactions for writing, single statements for reading."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from joust_kit.clock import Clock, DatabaseClock
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.ids import Ids, RandomIds

if TYPE_CHECKING:
    from joust_kit.jobs import JobQueue


class Database:
    """Opens units of work and read-only sessions."""

    def __init__(
        self, engine: AsyncEngine, tables: KitTables, *, clock: Clock | None = None, ids: Ids | None = None
    ) -> None:
        self.engine = engine
        self.tables = tables
        self.server_clock = DatabaseClock(self._time_of_the_server)
        self.clock: Clock = clock or self.server_clock
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
        await self._see_the_clock()
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
            if __debug__:
                failpoint("after_flush_before_commit")
        if unit.has_events:
            if __debug__:
                failpoint("after_commit_before_relay_wakes")
            self.events_committed()
        for step in unit.after_commit:
            step()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session in which each SELECT stands alone: one round trip, no BEGIN and COMMIT around it."""
        await self._see_the_clock()
        async with self._readers() as session:
            yield session

    async def _see_the_clock(self) -> None:
        if self.clock is self.server_clock and not self.server_clock.was_seen:
            await self.server_clock.look()

    async def _time_of_the_server(self) -> datetime:
        async with self._readers() as session:
            moment: datetime = (await session.scalars(select(func.clock_timestamp()))).one()
            return moment

    async def ping(self) -> None:
        """Raises if the database does not answer."""
        async with self.reading() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()
