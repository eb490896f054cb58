"""Fixtures for all tests: the parts of the stack, started once, and services over them."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from joust_kit.database.migrations import upgrade
from joust_kit.identity import new_key_pair
from joust_kit.testing.component import ServiceUnderTest, under_test

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


@dataclass(frozen=True)
class Parts:
    """PostgreSQL, Kafka and S3 that tests may fill."""

    dsn: str
    kafka: str
    environments: dict[str, dict[str, str]]

    def settings_of(self, name: ServiceName) -> dict[str, Any]:
        """The settings of a service as the stack would give them, without its ports and its database."""
        prefix = f"JOUST_{name.value.upper()}_"
        named = self.environments[name].items()
        own = {key.removeprefix(prefix).lower(): value for key, value in named if key.startswith(prefix)}
        return {key: value for key, value in own.items() if key not in {"host", "port", "database_url"}}


@pytest.fixture(scope="session")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The parts, started for this run; or running ones, described by the JSON file JOUST_TEST_PARTS."""
    if file := os.environ.get("JOUST_TEST_PARTS"):
        described = json.loads(Path(file).read_text())
        yield Parts(described["dsn"], described["kafka"], described["env"])
        return
    settings = EmbeddedSettings(data_dir=tmp_path_factory.mktemp("parts"), gateway_port=0)
    with Stack.running(settings, services=()) as stack:
        yield Parts(stack.database_dsn, stack.kafka_bootstrap, stack.env)


@pytest.fixture(scope="session")
async def service_schema(parts: Parts) -> Callable[[ServiceName], Awaitable[str]]:
    """Makes a database with one service's migrated schema, once for each service; returns its URL."""
    made: dict[ServiceName, str] = {}

    async def make(name: ServiceName) -> str:
        if name not in made:
            made[name] = await _migrated_database(parts.dsn, name)
        return made[name]

    return make


async def _migrated_database(dsn: str, name: ServiceName) -> str:
    database = f"test_{name}_{os.getpid()}"
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {database}")
    finally:
        await admin.close()
    url = f"{dsn.rpartition('/')[0]}/{database}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {name}")
    await connection.close()
    driver_url = url.replace("postgresql://", "postgresql+asyncpg://")
    await asyncio.to_thread(upgrade, f"joust_{name}", driver_url)
    return driver_url


@pytest.fixture(scope="session")
async def open_service(
    parts: Parts, service_schema: Callable[[ServiceName], Awaitable[str]]
) -> AsyncIterator[OpenService]:
    """Opens a service under test: ``await open_service(ServiceName.TASK, min_deadline_seconds=1)``."""
    async with AsyncExitStack() as stack:

        async def open_(name: ServiceName, **settings: Any) -> ServiceUnderTest:
            private_key, public_key = new_key_pair()
            values = {
                **parts.settings_of(name),
                "database_url": await service_schema(name),
                "database_pool_size": 3,
                "actor_public_key": public_key,
                **settings,
            }
            create_service = import_module(f"joust_{name}.bootstrap").create_service
            service = create_service(_settings_type(name)(**values))
            return await stack.enter_async_context(under_test(service, private_key))

        yield open_


def _settings_type(name: ServiceName) -> Any:
    return getattr(import_module(f"joust_{name}.settings"), f"{name.value.title()}Settings")
