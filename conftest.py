"""Fixtures for all tests: the parts of the stack, started once, and services over them."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib import import_module
from typing import Any

import asyncpg
import pytest
from joust_contracts.services import ServiceName
from joust_kit.database.migrations import upgrade
from joust_kit.identity import new_key_pair
from joust_kit.testing.component import ServiceUnderTest, under_test


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Superuser's URL of a PostgreSQL that tests may fill."""
    yield os.environ["JOUST_TEST_POSTGRES_URL"]


@pytest.fixture(scope="session")
def parts_environment() -> dict[str, str]:
    """Settings for the parts that component tests can do without."""
    return {"kafka_bootstrap_servers": "127.0.0.1:1"}


@pytest.fixture(scope="session")
async def service_schema(postgres_url: str) -> AsyncIterator[Callable[[ServiceName], Awaitable[str]]]:
    """Makes a database with one service's migrated schema; returns its URL. Once for each service."""
    made: dict[ServiceName, str] = {}

    async def make(name: ServiceName) -> str:
        if name not in made:
            made[name] = await _migrated_database(postgres_url, name)
        return made[name]

    yield make


async def _migrated_database(postgres_url: str, name: ServiceName) -> str:
    import asyncio

    database = f"test_{name}_{os.getpid()}"
    admin = await asyncpg.connect(postgres_url)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {database}")
    finally:
        await admin.close()
    url = postgres_url.rpartition("/")[0] + f"/{database}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {name}")
    await connection.close()
    driver_url = url.replace("postgresql://", "postgresql+asyncpg://")
    await asyncio.to_thread(upgrade, f"joust_{name}", driver_url)
    return driver_url


OpenService = Callable[..., Awaitable[ServiceUnderTest]]


@pytest.fixture(scope="session")
async def open_service(
    service_schema: Callable[[ServiceName], Awaitable[str]], parts_environment: dict[str, str]
) -> AsyncIterator[OpenService]:
    """Opens a service under test: ``await open_service(ServiceName.TASK, min_deadline_seconds=1)``."""
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:

        async def open_(name: ServiceName, **settings: Any) -> ServiceUnderTest:
            private_key, public_key = new_key_pair()
            settings_type = _settings_type(name)
            values = {
                "database_url": await service_schema(name),
                "actor_public_key": public_key,
                "database_pool_size": 3,
                **parts_environment,
                **settings,
            }
            create_service = import_module(f"joust_{name}.bootstrap").create_service
            service = create_service(settings_type(**values))
            return await stack.enter_async_context(under_test(service, private_key))

        yield open_


def _settings_type(name: ServiceName) -> Any:
    return getattr(import_module(f"joust_{name}.settings"), f"{name.value.title()}Settings")
