"""The services of a running stack as objects in this process, to look at what they look at."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.service import Service
from tests.support.parts import read_variable

APPLICATION_NAME = "tests"


def service_of(stack: Stack, name: ServiceName) -> Service:
    """The service with the settings that its process has."""
    prefix = f"JOUST_{name.value.upper()}_"
    named = stack.env[name].items()
    values: dict[str, Any] = {
        key.removeprefix(prefix).lower(): read_variable(value)
        for key, value in named
        if key.startswith(prefix)
    }
    settings = getattr(import_module(f"joust_{name}.settings"), f"{name.value.title()}Settings")
    patient = {"database_statement_timeout_seconds": 30, "database_connect_timeout_seconds": 10}
    service: Service = import_module(f"joust_{name}.bootstrap").create_service(settings(**values, **patient))
    return service


@asynccontextmanager
async def database_of(service: Service) -> AsyncIterator[Database]:
    """The service's door to its schema, with its own role."""
    engine = open_engine(service.settings, application_name=APPLICATION_NAME, pool_size=1)
    database = Database(engine, service.tables)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[AsyncSession]:
    """A session whose changes nobody sees and that are rolled back after the block."""
    async with AsyncSession(database.engine, expire_on_commit=False) as session, session.begin() as all_:
        yield session
        await all_.rollback()
