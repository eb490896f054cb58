"""Where relays are measured: a database of its own with one service's kit tables, and a topic of its own."""

import asyncio
import contextlib
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream_outbox import OutboxBroker, make_outbox_table
from prometheus_client import REGISTRY
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.database.tables import kit_tables
from joust_kit.database.unit_of_work import channel_of
from joust_kit.messaging.kafka import KafkaBus
from joust_kit.messaging.relay import Relay
from joust_kit.settings import ServiceSettings
from tests.performance.rounds import Sample
from tests.performance.tables import HEADERS
from tests.support.arena import eventually

_DATABASE = "bench_relay"
_PARTITIONS = 3
_KEYS = 1000
_VALUE = b"x" * 1500
_BATCH_BYTES = 900_000
_QUEUE = "noop"


@dataclass
class Yard:
    """What relays are measured with."""

    database: asyncpg.Connection
    engine: AsyncEngine
    relay: Relay
    channel: str
    jobs: MetaData
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    topic: str
    bootstrap: str
    keys: Sequence[UUID]
    numbers: list[int] = field(default_factory=list)
    """Every row that was ever committed to the outbox carries one of these."""

    async def produce(self, rows: int) -> Sample:
        """The same bytes straight to another topic, in batches as large as they may be."""
        headers = [(name, value.encode()) for name, value in json.loads(HEADERS).items()]
        began = time.perf_counter()

        async def send(partition: int) -> None:
            builder = self.producer.create_batch()
            for number in range(partition, rows, _PARTITIONS):
                record = {"key": self.keys[number % _KEYS].bytes, "value": _VALUE, "headers": headers}
                if builder.append(timestamp=None, **record) is None:
                    await (await self.producer.send_batch(builder, f"{self.topic}.raw", partition=partition))
                    builder = self.producer.create_batch()
                    builder.append(timestamp=None, **record)
            await (await self.producer.send_batch(builder, f"{self.topic}.raw", partition=partition))

        await asyncio.gather(*map(send, range(_PARTITIONS)))
        return Sample(rows, time.perf_counter() - began)

    async def drain_faststream(self, rows: int) -> Sample:
        """faststream-outbox with 8 workers and batched deletes, whose handler does nothing."""
        table = self.jobs.tables["bench_jobs"]
        await self.database.execute(
            "INSERT INTO bench_jobs (queue, payload, headers) "
            "SELECT $1, $2, $3::jsonb FROM generate_series(1, $4::int)",
            _QUEUE,
            _VALUE,
            '{"content-type": "application/octet-stream"}',
            rows,
        )
        handled = 0
        all_handled = asyncio.Event()
        broker = OutboxBroker(self.engine, outbox_table=table, logger=None)

        @broker.subscriber(
            _QUEUE,
            max_workers=8,
            fetch_batch_size=500,
            terminal_flush_batch_size=100,
            min_fetch_interval=0.01,
            max_fetch_interval=0.05,
        )
        async def do_nothing(body: bytes) -> None:
            nonlocal handled
            handled += 1
            if handled == rows:
                all_handled.set()

        began = time.perf_counter()
        await broker.start()
        try:
            async with asyncio.timeout(300):
                await all_handled.wait()
            seconds = time.perf_counter() - began
        finally:
            await broker.stop()
        assert await self.database.fetchval("SELECT count(*) FROM bench_jobs") == 0
        return Sample(rows, seconds)

    async def drain_relay(self, rows: int) -> Sample:
        """The relay, which waits already, from the commit to the last acknowledged row."""
        before = _relayed()
        first = len(self.numbers)
        await self._commit(range(first, first + rows))
        began = time.perf_counter()
        self.relay.wake()
        async with asyncio.timeout(300):
            while _relayed() < before + rows:
                await asyncio.sleep(0.002)
        return Sample(rows, time.perf_counter() - began)

    async def commit_to_consumer(self, times: int) -> Sample:
        """One event at a time, from before its commit to the consumer that waits for it."""
        ends = await self.consumer.end_offsets(list(self.consumer.assignment()))
        for place, end in ends.items():
            self.consumer.seek(place, end)
        latencies: list[float] = []
        for _ in range(times):
            waiting = asyncio.create_task(self.consumer.getone())
            began = time.perf_counter()
            number = len(self.numbers)
            await self._commit(range(number, number + 1))
            record = await asyncio.wait_for(waiting, 30)
            latencies.append((time.perf_counter() - began) * 1e3)
            assert _number_of(record.value) == number
        return Sample(times, sum(latencies) / 1e3, latencies)

    async def count_statements(self, database: asyncpg.Connection, rows: int) -> int:
        """Statements that the relay needed for a drain; its superuser shares them with nobody here."""
        await database.fetchval("SELECT pg_stat_statements_reset()")
        await self.drain_relay(rows)
        calls = await database.fetchval(
            "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
            "WHERE d.datname = $1 AND (query LIKE '%outbox WHERE%ORDER BY id%' OR query LIKE '%pg_current_snapshot%' "
            "OR query LIKE 'DELETE FROM%')",
            _DATABASE,
        )
        return int(calls)

    async def check(self) -> str:
        """Every committed row is in the topic once, and the rows of a key are in order."""
        await eventually(self._is_empty)
        reader = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await reader.start()
        try:
            places = [TopicPartition(self.topic, number) for number in range(_PARTITIONS)]
            reader.assign(places)
            ends = await reader.end_offsets(places)
            found: Counter[int] = Counter()
            newest: dict[bytes, int] = {}
            async with asyncio.timeout(120):
                while any([await reader.position(place) < end for place, end in ends.items()]):
                    for records in (await reader.getmany(timeout_ms=200)).values():
                        for record in records:
                            number = _number_of(record.value)
                            found[number] += 1
                            assert newest.get(record.key, -1) < number, "overtaken within a key"
                            newest[record.key] = number
        finally:
            await reader.stop()
        assert found == Counter(self.numbers), "lost or sent twice"
        return f"{len(self.numbers)} rows are in the topic once each, in order for each of {_KEYS} keys"

    async def _is_empty(self) -> bool:
        return bool(await self.database.fetchval("SELECT NOT EXISTS (SELECT FROM task.outbox)"))

    async def _commit(self, numbers: range) -> None:
        self.numbers += numbers
        await self.database.execute(
            "WITH written AS (INSERT INTO task.outbox (topic, ordering_key, headers, value) "
            "SELECT $1, ($2::uuid[])[1 + n % $3], $4::jsonb, int8send(n::bigint) || $5 "
            "FROM generate_series($6::int, $7::int) AS n ORDER BY n RETURNING id) "
            "SELECT pg_notify($8, '') FROM written LIMIT 1",
            self.topic,
            self.keys,
            _KEYS,
            HEADERS,
            _VALUE[8:],
            numbers.start,
            numbers.stop - 1,
            self.channel,
        )


@asynccontextmanager
async def open_yard(stack: Stack) -> AsyncIterator[Yard]:
    """Make database and topics anew, with a relay at work."""
    tables = kit_tables(ServiceName.TASK)
    jobs = MetaData()
    make_outbox_table(jobs, table_name="bench_jobs")
    dsn = await new_database(stack, _DATABASE, schema="task")
    engine = create_async_engine(dsn.replace("postgresql:", "postgresql+asyncpg:"), pool_size=20)
    async with engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)
        await connection.run_sync(jobs.create_all)
    topic = f"bench.relay.{uuid4().hex[:8]}"
    await _create_topics(stack, [topic, f"{topic}.raw"])
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.kafka_bootstrap,
        enable_idempotence=True,
        acks="all",
        linger_ms=0,
        max_batch_size=_BATCH_BYTES,
    )
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest")
    database = await asyncpg.connect(dsn)
    await producer.start()
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(_PARTITIONS)])
    logging.getLogger("faststream").setLevel(logging.WARNING)
    relay = Relay(settings_of(dsn, stack), tables, KafkaBus(stack.kafka_bootstrap))
    keys = [uuid4() for _ in range(_KEYS)]
    running = asyncio.create_task(relay.run())
    try:
        yield Yard(
            database,
            engine,
            relay,
            channel_of(tables),
            jobs,
            producer,
            consumer,
            topic,
            stack.kafka_bootstrap,
            keys,
        )
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await consumer.stop()
        await producer.stop()
        await database.close()
        await engine.dispose()


async def new_database(stack: Stack, name: str, *, schema: str) -> str:
    """An empty database with one schema, made anew; its DSN."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
    finally:
        await admin.close()
    dsn = f"{stack.database_dsn.rpartition('/')[0]}/{name}"
    connection = await asyncpg.connect(dsn)
    await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.close()
    return dsn


async def _create_topics(stack: Stack, names: list[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, _PARTITIONS, 1) for name in names])
    await admin.close()


def settings_of(dsn: str, stack: Stack) -> ServiceSettings:
    """Those of a service on that database."""
    return ServiceSettings.model_validate(
        {
            "database_url": dsn.replace("postgresql:", "postgresql+asyncpg:"),
            "kafka_bootstrap_servers": stack.kafka_bootstrap,
        }
    )


def _relayed() -> float:
    return REGISTRY.get_sample_value("joust_events_relayed_total") or 0.0


def _number_of(value: bytes) -> int:
    return int.from_bytes(value[:8], "big")
