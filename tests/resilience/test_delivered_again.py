"""All events are delivered again by Kafka itself while the services serve: nobody does anything twice."""

import asyncio
from contextlib import suppress
from importlib import import_module

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from joust_contracts.services import ServiceName
from joust_embedded.stack import Stack
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.subscriptions import Subscriptions
from tests.support import checkers
from tests.support.arena import Arena, eventually
from tests.support.load import History, play_one
from tests.support.soundness import arena_is_sound
from tests.support.state import fingerprints

pytestmark = pytest.mark.faults


@pytest.fixture
def stack(young_stack: Stack) -> Stack:
    """One that has told little yet, for all of it is handled again twice."""
    return young_stack


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

    Each service is down when its offsets go back, so that it can't commit its old place over them.
    """
    await asyncio.gather(*(go_back_to_the_beginning(stack, name, while_it_is_down=True) for name in READERS))
    await asyncio.to_thread(stack.wait_ready)
    wanted = {name: len(heard(name, messages)) for name in READERS}
    missing: dict[str, int] = {}

    async def all_came() -> bool:
        nonlocal missing
        counts = {name.value: wanted[name] - await duplicates(stack, name) for name in READERS}
        missing = {name: count for name, count in counts.items() if count > 0}
        return not missing

    with suppress(TimeoutError):
        await eventually(all_came)
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


async def go_back_to_the_beginning(
    stack: Stack, name: ServiceName, *, while_it_is_down: bool = False
) -> None:
    """Join the group, commit offset 0 everywhere, and leave: members that ask for their place then begin there.

    A member that runs may commit its own place after that; one that is down can't, and keeps its seat meanwhile.
    """
    table = subscriptions(name)
    intruder = AIOKafkaConsumer(
        *table.topics, bootstrap_servers=stack.kafka_bootstrap, group_id=table.group, enable_auto_commit=False
    )
    await intruder.start()
    try:
        if while_it_is_down:
            await asyncio.to_thread(stack.kill, name)
        # A member may commit for the whole group; the client's public method asks for its own part only.
        beginning = {place: _nothing_read() for place in await places_of(stack, table)}
        await intruder._coordinator.commit_offsets(intruder._subscription.subscription.assignment, beginning)
    finally:
        await intruder.stop()


async def places_of(stack: Stack, table: Subscriptions) -> list[TopicPartition]:
    """Every partition of every topic that the service hears."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    try:
        topics = await admin.describe_topics(list(table.topics))
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in topics
        for partition in topic["partitions"]
    ]


def _nothing_read() -> object:
    from aiokafka.structs import OffsetAndMetadata

    return OffsetAndMetadata(0, "")
