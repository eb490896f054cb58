"""What a bus promises, on Kafka and in memory alike."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from joust_kit.messaging.bus import MAX_BATCH_BYTES, Bus, GroupReader, MessageTooLarge, Outgoing
from joust_kit.messaging.envelope import Message
from joust_kit.messaging.kafka import KafkaBus
from joust_kit.testing.memory_bus import MemoryBus
from tests.support.parts import Parts

PARTITIONS = 3


@pytest.fixture(params=["kafka", "memory"])
async def bus(request: pytest.FixtureRequest, parts: Parts) -> Bus:
    return MemoryBus(partitions=PARTITIONS) if request.param == "memory" else KafkaBus(parts.kafka)


@pytest.fixture
async def topic(parts: Parts) -> AsyncIterator[str]:
    """A topic of the test's own."""
    name = f"test.{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=parts.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
    yield name
    await admin.close()


def a_message(topic: str, text: str, key: UUID | None = None) -> Outgoing:
    return Outgoing(topic, (key or uuid4()).bytes, {"ce_type": "test.v1"}, text.encode())


async def send(bus: Bus, *messages: Outgoing) -> None:
    async with bus.sending() as sender:
        assert sorted(await sender.send(messages)) == list(range(len(messages)))


async def fetch(reader: GroupReader, count: int) -> list[Message]:
    """The next ``count`` messages; fails after a while."""
    found: list[Message] = []
    async with asyncio.timeout(20):
        while len(found) < count:
            found += await reader.fetch(max_messages=count - len(found), wait_seconds=1)
    return found


def texts(messages: Sequence[Message]) -> list[str]:
    return [message.value.decode() for message in messages]


async def test_messages_of_a_key_stay_in_order_and_in_one_partition(bus: Bus, topic: str) -> None:
    keys = [uuid4() for _ in range(6)]
    await send(bus, *(a_message(topic, f"{key} {number}", key) for number in range(10) for key in keys))
    async with bus.reading([topic], f"group {topic}") as reader:
        read = await fetch(reader, 60)
    for key in keys:
        mine = [message for message in read if message.key == key.bytes]
        assert texts(mine) == [f"{key} {number}" for number in range(10)]
        assert len({message.partition for message in mine}) == 1


async def test_a_message_is_read_as_it_was_sent(bus: Bus, topic: str) -> None:
    key = uuid4()
    await send(bus, Outgoing(topic, key.bytes, {"ce_id": "7", "name": "Zoë"}, b"\x00\xff"))
    async with bus.reading([topic], f"group {topic}") as reader:
        [message] = await fetch(reader, 1)
    assert (message.topic, message.key, message.value) == (topic, key.bytes, b"\x00\xff")
    assert message.headers == {"ce_id": "7", "name": "Zoë"}


async def test_both_choose_the_same_partition_for_a_key(parts: Parts, topic: str) -> None:
    messages = [a_message(topic, str(number)) for number in range(20)]
    chosen = []
    for bus in (KafkaBus(parts.kafka), MemoryBus(partitions=PARTITIONS)):
        await send(bus, *messages)
        async with bus.reading([topic], f"group {topic}") as reader:
            chosen.append({message.value: message.partition for message in await fetch(reader, 20)})
    assert chosen[0] == chosen[1]


async def test_what_was_fetched_and_not_committed_is_fetched_again(bus: Bus, topic: str) -> None:
    key = uuid4()
    await send(bus, *(a_message(topic, str(number), key) for number in range(4)))
    async with bus.reading([topic], f"group {topic}") as reader:
        assert texts(await fetch(reader, 2)) == ["0", "1"]
        await reader.commit()
        assert texts(await fetch(reader, 2)) == ["2", "3"]
    async with bus.reading([topic], f"group {topic}") as reader:
        assert texts(await fetch(reader, 2)) == ["2", "3"]


async def test_each_group_has_offsets_of_its_own(bus: Bus, topic: str) -> None:
    await send(bus, a_message(topic, "news"))
    for group in ("one", "other"):
        async with bus.reading([topic], f"{group} {topic}") as reader:
            assert texts(await fetch(reader, 1)) == ["news"]
            await reader.commit()
    assert sum((await bus.committed(f"one {topic}")).values()) == 1


async def test_members_of_a_group_share_the_partitions(bus: Bus, topic: str) -> None:
    await send(bus, *(a_message(topic, str(number)) for number in range(30)))
    async with (
        bus.reading([topic], f"group {topic}") as first,
        bus.reading([topic], f"group {topic}") as second,
    ):
        seen: dict[str, set[int]] = {"first": set(), "second": set()}
        async with asyncio.timeout(30):
            while seen["first"] | seen["second"] != {0, 1, 2} or not all(seen.values()):
                for name, reader in (("first", first), ("second", second)):
                    read = await reader.fetch(max_messages=100, wait_seconds=0.2)
                    seen[name] |= {message.partition for message in read}
                await send(bus, *(a_message(topic, "more") for _ in range(10)))


async def test_nothing_comes_while_nothing_is_sent(bus: Bus, topic: str) -> None:
    async with bus.reading([topic], f"group {topic}") as reader:
        assert not await reader.fetch(max_messages=10, wait_seconds=0.3)


async def test_a_listener_hears_what_is_sent_from_now_on(bus: Bus, topic: str) -> None:
    await send(bus, a_message(topic, "before"))
    async with bus.listening([topic]) as one, bus.listening([topic]) as other:
        await send(bus, a_message(topic, "now"))
        async with asyncio.timeout(20):
            assert [(await anext(each)).value for each in (one, other)] == [b"now", b"now"]


async def test_history_is_a_piece_of_a_partition_up_to_its_end(bus: Bus, topic: str) -> None:
    key = uuid4()
    await send(bus, *(a_message(topic, str(number), key) for number in range(5)))
    [(place, end)] = [(place, end) for place, end in (await bus.ends([topic])).items() if end]
    assert texts([message async for message in bus.history(place, 0, end)]) == ["0", "1", "2", "3", "4"]
    assert texts([message async for message in bus.history(place, 2, 4)]) == ["2", "3"]


async def test_a_message_that_no_broker_would_take_is_refused_and_the_next_goes_on(
    bus: Bus, topic: str
) -> None:
    async with bus.sending() as sender:
        with pytest.raises(MessageTooLarge):
            await sender.send([a_message(topic, "x" * (MAX_BATCH_BYTES + 1))])
        assert list(await sender.send([a_message(topic, "small")])) == [0]


async def test_a_bus_that_is_there_answers(bus: Bus) -> None:
    await bus.ping()
