"""Rebuilds a service's projections from the topics, while the service runs.

The projections and the inbox marks are emptied, and every event up to the offsets that the service has
committed is handled again, without telling anyone. Later events are the running service's. The handlers
take events in any order, so it does not matter that both work at the same time.
"""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import text

from joust_kit.messaging.envelope import UnreadableEvent, message_of
from joust_kit.observability.logging import get_logger
from joust_kit.service import Runtime

log = get_logger(__name__)

_HANDLER_TIMEOUT_SECONDS = 30.0
_POLL_MS = 500


async def rebuild(runtime: Runtime, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Empty and refill the projections; returns the number of events that were read.

    ``progress`` is told how many events of how many were read.
    """
    ends = await _committed_offsets(runtime)
    await _empty(runtime)
    total = sum(ends.values())
    done = 0
    consumer = AIOKafkaConsumer(
        bootstrap_servers=runtime.service.settings.kafka_bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        for partition, end in ends.items():
            consumer.assign([partition])
            await consumer.seek_to_beginning(partition)
            position = await consumer.position(partition)
            while position < end:
                batch = await consumer.getmany(partition, timeout_ms=_POLL_MS, max_records=500)
                for record in batch.get(partition, []):
                    if record.offset >= end:
                        break
                    await _handle(runtime, record)
                    done += 1
                position = await consumer.position(partition)
                progress(done, total)
    finally:
        await consumer.stop()
    return done


async def _handle(runtime: Runtime, record: object) -> None:
    message = message_of(record)
    if message.wire_type not in runtime.service.subscriptions.by_type:
        return
    try:
        await runtime.inbox.handle_message(message, timeout_seconds=_HANDLER_TIMEOUT_SECONDS, silent=True)
    except UnreadableEvent as error:
        log.warning("unreadable event passed over", reason=error.reason, offset=message.offset)


async def _committed_offsets(runtime: Runtime) -> dict[TopicPartition, int]:
    subscriptions = runtime.service.subscriptions
    admin = AIOKafkaAdminClient(bootstrap_servers=runtime.service.settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        async with asyncio.timeout(30):
            offsets = await admin.list_consumer_group_offsets(subscriptions.group)
    finally:
        await admin.close()
    return {place: entry.offset for place, entry in offsets.items() if place.topic in subscriptions.topics}


async def _empty(runtime: Runtime) -> None:
    schema = runtime.service.name.value
    tables = [*runtime.service.projections, "inbox"]
    async with runtime.database.transaction() as unit:
        await unit.session.execute(text("TRUNCATE " + ", ".join(f"{schema}.{table}" for table in tables)))
