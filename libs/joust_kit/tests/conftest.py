"""A service made of the kit alone, over real PostgreSQL and Kafka, whose handlers a test chooses."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from joust_contracts.services import ServiceName
from joust_kit.database.tables import KitTables, kit_tables
from joust_kit.messaging.subscriptions import Handler, Subscriptions
from joust_kit.service import Runtime, Service
from joust_kit.settings import ServiceSettings

NAME = ServiceName.RANKING
TABLES: KitTables = kit_tables(NAME)


@pytest.fixture(scope="session")
async def schema_url(parts: Any) -> str:
    """A database with nothing but the kit's tables."""
    database = f"test_kit_{os.getpid()}"
    admin = await asyncpg.connect(parts.dsn)
    await admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    await admin.execute(f"CREATE DATABASE {database}")
    await admin.close()
    url = f"{parts.dsn.rpartition('/')[0]}/{database}".replace("postgresql://", "postgresql+asyncpg://")
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {NAME}"))
        await connection.run_sync(TABLES.metadata.create_all)
    await engine.dispose()
    return url


@pytest.fixture(scope="session")
async def topics(parts: Any) -> None:
    """The topics of the stack; parts that were started without services have them already."""
    admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka)
    await admin.start()
    wanted = [NewTopic(name.topic, 3, 1) for name in ServiceName]
    wanted += [NewTopic(name.dead_letter_topic, 1, 1) for name in ServiceName]
    for topic in wanted:
        try:
            await admin.create_topics([topic])
        except TopicAlreadyExistsError:
            continue
    await admin.close()


@dataclass(frozen=True)
class Kit:
    """Opens runtimes of the service under test and writes to its topics."""

    kafka: str
    url: str
    open: Callable[..., Any]

    async def produce(self, topic: str, key: bytes, headers: dict[str, str], value: bytes) -> None:
        """Write one message straight to Kafka."""
        async with producing(self.kafka) as producer:
            pairs = [(name, content.encode()) for name, content in headers.items()]
            await producer.send_and_wait(topic, value, key=key, headers=pairs)


@asynccontextmanager
async def producing(kafka: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that takes large messages."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=20_000_000)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@pytest.fixture
async def kit(parts: Any, schema_url: str, topics: None) -> AsyncIterator[Kit]:
    """The kit under test; runtimes that a test opened are stopped after it."""
    async with AsyncExitStack() as stack:

        async def open_(
            handlers: Sequence[Handler[Any]] = (),
            *,
            jobs: Sequence[Any] = (),
            run: bool = True,
            **changes: Any,
        ) -> Runtime:
            values: dict[str, Any] = {
                "database_url": schema_url,
                "kafka_bootstrap_servers": parts.kafka,
                # A busy machine must not end a statement: tests of the limits set their own.
                "database_pool_timeout_seconds": 15,
                "database_connect_timeout_seconds": 15,
                "database_statement_timeout_seconds": 20,
                "handler_max_attempts": 3,
                "handler_retry_first_delay_seconds": 0.05,
                "handler_timeout_seconds": 0.5,
                **changes,
            }
            subscriptions = Subscriptions(service=NAME, handlers=handlers, emits=())
            service = Service(
                name=NAME,
                description="The kit alone.",
                settings=ServiceSettings(**values),
                tables=TABLES,
                routers=[],
                subscriptions=subscriptions,
                jobs=jobs,
            )
            runtime = Runtime(service)
            if run:
                await stack.enter_async_context(runtime.running())
            else:
                stack.push_async_callback(runtime.database.close)
            return runtime

        yield Kit(parts.kafka, schema_url, open_)


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 15) -> None:
    """Wait until ``condition`` holds; fails after ``seconds``."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
