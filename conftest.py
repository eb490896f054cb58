"""Fixtures for all tests: the parts of the stack, started once, and services over them."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import asyncpg
import pytest
import structlog

from joust_contracts.services import ServiceName
from joust_kit.database.migrations import upgrade
from joust_kit.identity import new_key_pair
from joust_kit.testing.component import ServiceUnderTest, under_test
from tests.support.parts import Parts, container_parts, embedded_parts, running_parts
from tests.support.workers import longest_first, scheduler_of

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--parts``, ``--stack``: where parts and stacks come from; ``--write-budget``."""
    parser.addoption(
        "--stack",
        default="embedded",
        help="of tests that cross services: embedded (packages, the default), containers (compose), or the "
        "URL of a gateway; what a test needs and the stack does not have skips it",
    )
    parser.addoption(
        "--parts",
        default="embedded",
        help="embedded (packages, the default), containers (official images), or a JSON file that describes "
        "running ones by dsn, kafka and env",
    )
    parser.addoption(
        "--write-budget",
        action="store_true",
        help="allow what the steps of a bounty cost now (`make budget`)",
    )


def pytest_configure() -> None:
    """Have programs that tests start heed an interrupt, also where the suite runs in a shell's background;
    log tracebacks as Python writes them."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # By default, tracebacks are drawn with all local variables, of which tests have megabytes.
    renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays, and is never garbage: nobody looks for that in it, neither now nor later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Workers begin with what takes longest."""
    if hasattr(config, "workerinput"):
        longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Workers share the suite by stacks."""
    return scheduler_of(config, log)


@pytest.fixture(scope="session")
def parts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """The parts for component tests, started once for this run."""
    chosen: str = os.environ.get("JOUST_TEST_PARTS") or request.config.getoption("--parts")
    folder = tmp_path_factory.mktemp("parts")
    if chosen == "embedded":
        opened = embedded_parts(folder)
    elif chosen == "containers":
        opened = container_parts(folder)
    else:
        opened = running_parts(Path(chosen))
    with opened as running:
        yield running


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
                # A busy machine must not turn a race into a 503: tests of the limits set their own.
                "database_pool_timeout_seconds": 15,
                "database_connect_timeout_seconds": 15,
                "database_statement_timeout_seconds": 20,
                "actor_public_key": public_key,
                **settings,
            }
            create_service = import_module(f"joust_{name}.bootstrap").create_service
            with _no_settings_from_outside():
                service = create_service(_settings_type(name)(**values))
            return await stack.enter_async_context(under_test(service, private_key))

        yield open_


@contextmanager
def _no_settings_from_outside() -> Iterator[None]:
    """A service under test has its defaults, whatever the stack of other tests in this process was told."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("JOUST_")}
    with mock.patch.dict(os.environ, own, clear=True):
        yield


def _settings_type(name: ServiceName) -> Any:
    return getattr(import_module(f"joust_{name}.settings"), f"{name.value.title()}Settings")
