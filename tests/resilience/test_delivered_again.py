"""All events are delivered again by Kafka itself while the services serve: nobody does anything twice."""

import asyncio
from contextlib import suppress
from importlib import import_module

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.subscriptions import Subscriptions
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.load import History, play_one
from tests.support.soundness import arena_is_sound
from tests.support.state import fingerprints


@pytest.fixture
def stack(young_stack: Stack) -> Stack:
    """One that has told little yet, for all of it is handled again twice."""
    return young_stack


ATTEMPTS = 3
READERS: list[ServiceName] = [name for name in ServiceName if name is not ServiceName.GATEWAY]


async def test_offsets_that_go_back_to_the_beginning_change_nothing(stack: Stack) -> None:
    arena, history = Arena(stack), History()
    await play_one(arena, history)
    messages = await checkers.events_are_complete(stack)
    admin = await asyncpg.connect(stack.database_dsn)
    before = await fingerprints(admin)

    assert await come_again(stack, messages) == {}
    assert await fingerprints(admin) == before
    await admin.close()
    await asyncio.gather(
        *(go_back_to_the_beginning(stack, name) for name in READERS), play_one(arena, history)
    )
    await arena_is_sound(stack, history)
    await arena.close()


async def come_again(stack: Stack, messages: list[Message]) -> dict[str, int]:
    """Set all offsets back and wait until all has come again; how many events are missing for whom.

    A service that learns of the new offsets by two requests, one before and one after they were set, reads what it
    must and commits its old place for the rest. That is the test's doing, so it tries again.
    """
    missing: dict[str, int] = {}
    for _ in range(ATTEMPTS):
        wanted = {name: await duplicates(stack, name) + len(heard(name, messages)) for name in READERS}

        async def all_came(wanted: dict[ServiceName, int] = wanted) -> bool:
            nonlocal missing
            counts = {name.value: wanted[name] - await duplicates(stack, name) for name in READERS}
            missing = {name: count for name, count in counts.items() if count > 0}
            return not missing

        await asyncio.gather(*(go_back_to_the_beginning(stack, name) for name in READERS))
        with suppress(TimeoutError):
            await eventually(all_came, seconds=20)
            break
    return missing


def subscriptions(name: ServiceName) -> Subscriptions:
    found: Subscriptions = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS
    return found


def heard(name: ServiceName, messages: list[Message]) -> set[str]:
    """Events that the service hears and has handled."""
    return {
        message.headers["ce_id"]
        for message in messages
        if message.wire_type in subscriptions(name).by_type and checkers.is_readable(message)
    }


async def duplicates(stack: Stack, name: ServiceName) -> int:
    """How many events the process knew already when they came."""
    async with httpx2.AsyncClient(base_url=stack.urls[name]) as http:
        lines = (await http.get("/metrics")).text.splitlines()
    counts = [
        line for line in lines if line.startswith("joust_events_handled_total") and '"duplicate"' in line
    ]
    return sum(int(float(line.rpartition(" ")[2])) for line in counts)


async def go_back_to_the_beginning(stack: Stack, name: ServiceName) -> None:
    """Join the group, commit offset 0 everywhere, and leave: whoever reads then begins there."""
    table = subscriptions(name)
    intruder = AIOKafkaConsumer(
        *table.topics, bootstrap_servers=stack.kafka_bootstrap, group_id=table.group, enable_auto_commit=False
    )
    await intruder.start()
    try:
        places = [
            TopicPartition(topic, partition)
            for topic in table.topics
            for partition in intruder.partitions_for_topic(topic) or ()
        ]
        # A member may commit for the whole group; the client's public method asks for its own part only.
        beginning = {place: _nothing_read() for place in places}
        await intruder._coordinator.commit_offsets(intruder._subscription.subscription.assignment, beginning)
    finally:
        await intruder.stop()


def _nothing_read() -> object:
    from aiokafka.structs import OffsetAndMetadata

    return OffsetAndMetadata(0, "")
