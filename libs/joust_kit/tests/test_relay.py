"""The relay: what was committed arrives once in order, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from sqlalchemy import func, select

from joust_contracts.events import EVENTS_BY_TYPE, TaskPublished
from joust_kit.database.unit_of_work import MAX_EVENT_BYTES, EventTooLarge
from joust_kit.messaging.envelope import decode, message_of
from libs.joust_kit.tests.conftest import TABLES, Kit, eventually
from libs.joust_kit.tests.samples import a_task_published


class Listener:
    """Collects what arrives about the tasks of one test."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def versions(self, task_ids: Sequence[UUID], count: int) -> dict[UUID, list[int]]:
        """Versions by task in order of arrival, once ``count`` events about them have come."""
        seen: dict[UUID, list[int]] = {id: [] for id in task_ids}
        async with asyncio.timeout(20):
            while sum(map(len, seen.values())) < count:
                message = message_of(await self._consumer.getone())
                if message.wire_type != TaskPublished.wire_type():
                    continue
                event = decode(message, EVENTS_BY_TYPE)
                if event.subject in seen:
                    seen[event.subject].append(event.aggregate_version)
        return seen


@asynccontextmanager
async def listening(kit: Kit) -> AsyncIterator[Listener]:
    consumer = AIOKafkaConsumer("joust.task", bootstrap_servers=kit.kafka, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    try:
        yield Listener(consumer)
    finally:
        await consumer.stop()


async def test_a_relay_that_is_stopped_as_events_come_stops(kit: Kit) -> None:
    relay = (await kit.open(run=False)).relay
    for _ in range(20):
        waiting = asyncio.create_task(relay._wait_for_events())
        for _ in range(3):
            await asyncio.sleep(0)
        relay.wake()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        relay._wake.clear()


async def test_events_of_many_keys_arrive_once_each_in_the_order_of_their_commits(kit: Kit) -> None:
    runtime = await kit.open()
    tasks = [uuid4() for _ in range(8)]
    async with listening(kit) as listener:
        for version in range(1, 26):
            async with runtime.database.transaction() as unit:
                for task in tasks:
                    unit.emit(a_task_published(task, version))
        seen = await listener.versions(tasks, 8 * 25)
    assert seen == {task: list(range(1, 26)) for task in tasks}


async def test_a_transaction_that_commits_late_is_not_skipped(kit: Kit) -> None:
    runtime = await kit.open()
    late, early = uuid4(), uuid4()
    async with listening(kit) as listener:
        async with runtime.database.transaction() as slow:
            slow.emit(a_task_published(late))
            await slow.flush()
            slow._rows.clear()
            async with runtime.database.transaction() as quick:
                quick.emit(a_task_published(early))
            assert (await listener.versions([early], 1))[early] == [1]
        assert (await listener.versions([late], 1))[late] == [1]


async def test_an_event_of_a_transaction_that_was_rolled_back_is_never_told(kit: Kit) -> None:
    runtime = await kit.open()
    undone, done = uuid4(), uuid4()
    async with listening(kit) as listener:
        try:
            async with runtime.database.transaction() as unit:
                unit.emit(a_task_published(undone))
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        async with runtime.database.transaction() as unit:
            unit.emit(a_task_published(done))
        assert await listener.versions([undone, done], 1) == {undone: [], done: [1]}


async def test_with_two_processes_one_relays_and_the_other_takes_over_when_it_ends(kit: Kit) -> None:
    first, second = await kit.open(), await kit.open()
    task = uuid4()
    async with listening(kit) as listener:
        async with first.database.transaction() as unit:
            unit.emit(a_task_published(task, 1))
        await listener.versions([task], 1)
        await first.background.stop()
        async with second.database.transaction() as unit:
            unit.emit(a_task_published(task, 2))
        # The first may have ended between Kafka's acknowledgement and its own note of it: then 1 comes again.
        came = (await listener.versions([task], 1))[task]
        if came == [1]:
            came = (await listener.versions([task], 1))[task]
        assert came == [2]


async def test_the_outbox_is_empty_when_all_was_acknowledged(kit: Kit) -> None:
    runtime = await kit.open()
    async with runtime.database.transaction() as unit:
        for _ in range(1200):
            unit.emit(a_task_published())

    async def is_empty() -> bool:
        async with runtime.database.reading() as session:
            return bool(await session.scalar(select(func.count()).select_from(TABLES.outbox)) == 0)

    await eventually(is_empty)


async def test_the_largest_event_passes_and_a_larger_one_is_refused_before_the_commit(kit: Kit) -> None:
    """One that got into the outbox would hold up all behind it for ever."""
    runtime = await kit.open()
    task = a_task_published()
    room = MAX_EVENT_BYTES - len(task.model_dump_json())
    largest = task.model_copy(update={"task": task.task.model_copy(update={"description": "x" * room})})
    larger = task.model_copy(update={"task": task.task.model_copy(update={"description": "x" * (room + 1)})})
    async with listening(kit) as listener:
        with pytest.raises(EventTooLarge):
            async with runtime.database.transaction() as unit:
                unit.emit(larger)
        async with runtime.database.transaction() as unit:
            unit.emit(largest)
        assert await listener.versions([task.task.id], 1) == {task.task.id: [1]}
