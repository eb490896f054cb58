"""Kafka topics of the services: one for each, and one for its dead letters."""

import asyncio
import functools

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import KafkaError, for_code

from joust_embedded.errors import StackError
from joust_embedded.health import until
from joust_embedded.settings import SERVICES

_TOPIC_ALREADY_EXISTS = 36


def wanted_topics(partitions: int) -> dict[str, int]:
    """Partitions by topic. Dead letters keep the order in which they died: one partition."""
    events = {f"joust.{service}": partitions for service in SERVICES}
    dead_letters = {f"joust.{service}.dlq": 1 for service in SERVICES}
    return events | dead_letters


async def create_topics(bootstrap_servers: str, partitions: int, timeout_seconds: float) -> None:
    """Create the topics that are missing, add partitions where there are too few; waits for the broker."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await until(functools.partial(_attempt, bootstrap_servers, partitions))
    except TimeoutError:
        raise StackError(
            f"Kafka at {bootstrap_servers} did not take the topics within {timeout_seconds:g} seconds; "
            "its log says why."
        ) from None


async def _attempt(bootstrap_servers: str, partitions: int) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers, request_timeout_ms=10_000)
    try:
        await admin.start()
        await _create_missing(admin, partitions)
        # Kafka makes the topic of its consumer groups when one is first asked for; services should find it.
        await admin.find_coordinator("joust")
        return True
    except (KafkaError, OSError):
        # Listening comes before registering: until then the broker answers with errors.
        return False
    finally:
        await admin.close()


async def _create_missing(admin: AIOKafkaAdminClient, partitions: int) -> None:
    wanted = wanted_topics(partitions)
    present = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics()}
    new = [
        NewTopic(name, count, replication_factor=1, topic_configs={"retention.ms": "-1"})
        for name, count in wanted.items()
        if name not in present
    ]
    if new:
        answer = await admin.create_topics(new)
        for topic, code, *_ in answer.topic_errors:
            if code not in (0, _TOPIC_ALREADY_EXISTS):
                raise for_code(code)(f"creating {topic}")
    grow = {n: NewPartitions(c) for n, c in wanted.items() if 0 < present.get(n, 0) < c}
    if grow:
        await admin.create_partitions(grow)
