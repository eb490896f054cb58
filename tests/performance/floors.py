"""The least that the machine could do: a bare commit and a bare Kafka hop."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from joust_embedded.stack import Stack

_PAYLOAD = b"x" * 1500
"""About the size of an event about a submission."""


@dataclass
class Floor:
    """Open connections of the floor's own client."""

    database: asyncpg.Connection
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    topic: str

    async def commit_seconds(self, times: int) -> list[float]:
        """One row inserted and committed, with the same fsync."""
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            async with self.database.transaction():
                await self.database.execute("INSERT INTO bench.floor (content) VALUES ($1)", _PAYLOAD)
            taken.append(time.perf_counter() - began)
        return taken

    async def hop_seconds(self, times: int) -> list[float]:
        """One message from a producer with acks=all to a consumer that waits for it."""
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            waiting = asyncio.create_task(self.consumer.getone())
            await self.producer.send_and_wait(self.topic, _PAYLOAD, partition=0)
            await waiting
            taken.append(time.perf_counter() - began)
        return taken


@asynccontextmanager
async def floor(stack: Stack) -> AsyncIterator[Floor]:
    """The floor's table, topic and connections on ``stack``."""
    database = await asyncpg.connect(stack.database_dsn)
    await database.execute("CREATE SCHEMA IF NOT EXISTS bench")
    await database.execute("CREATE TABLE IF NOT EXISTS bench.floor (id bigserial PRIMARY KEY, content bytea)")
    topic = f"bench.{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()
    producer = AIOKafkaProducer(
        bootstrap_servers=stack.kafka_bootstrap, enable_idempotence=True, acks="all", linger_ms=0
    )
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    consumer.assign([TopicPartition(topic, 0)])
    opened = Floor(database, producer, consumer, topic)
    await opened.hop_seconds(20)
    try:
        yield opened
    finally:
        await consumer.stop()
        await producer.stop()
        await database.close()
