"""A consumer that ends has a successor at once: one of its name if it was killed, the others if it was told to."""

import asyncio
import sys
from uuid import uuid4

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from joust_kit.messaging.bus import Outgoing
from joust_kit.messaging.kafka import KafkaBus
from libs.joust_kit.tests.conftest import Kit
from libs.joust_kit.tests.test_consumer import Witness, tell

INSTANCE = "the-only-one"
SOON_SECONDS = 6
"""Less than the 10 s after which the group gives up a member that it does not hear from."""
MEMBER = """
import asyncio, sys
from aiokafka import AIOKafkaConsumer

async def main(kafka, topic, group, instance):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka, group_id=group, group_instance_id=instance)
    await consumer.start()
    while not consumer.assignment():
        await consumer.getmany(timeout_ms=100)
    print("joined", flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_the_successor_of_a_killed_process_has_its_partitions_at_once(kit: Kit) -> None:
    witness = Witness()
    runtime = await kit.open([witness.handler()], run=False, consumer_instance_id=INSTANCE)
    group, topics = runtime.service.subscriptions.group, runtime.service.subscriptions.topics
    command = [sys.executable, "-c", MEMBER, kit.kafka, topics[0], group, INSTANCE]
    first = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert first.stdout is not None
    assert await first.stdout.readline() == b"joined\n"
    first.kill()
    await first.wait()

    successor = await kit.open([witness.handler()], consumer_instance_id=INSTANCE)
    task = uuid4()
    await tell(kit, task, 1)
    async with asyncio.timeout(SOON_SECONDS):
        await witness.wait_for(task, [1])
    assert successor.service.subscriptions.group == group


async def test_the_partitions_of_a_process_that_is_told_to_stop_go_to_the_others_at_once(kit: Kit) -> None:
    topic, group, bus = f"leaving-{uuid4()}", f"leaving-{uuid4()}", KafkaBus(kit.kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kit.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 2, 1)])
    await admin.close()
    seen: dict[str, set[bytes]] = {"stays": set(), "leaves": set()}

    async def read(name: str) -> None:
        async with bus.reading([topic], group, name) as reader:
            while True:
                for message in await reader.fetch(max_messages=10, wait_seconds=0.1):
                    seen[name].add(message.value)

    async def sent(content: bytes) -> None:
        """To both partitions, with some keys of many."""
        async with bus.sending() as sender:
            keys = [b"%d" % number for number in range(8)]
            wanted = [Outgoing(topic, key, {}, content + key) for key in keys]
            assert len(await sender.send(wanted)) == 8

    async def all_seen(content: bytes, *names: str) -> None:
        wanted = {content + b"%d" % number for number in range(8)}
        while not wanted <= set().union(*(seen[name] for name in names)):
            await asyncio.sleep(0.05)

    stays, leaves = [asyncio.create_task(read(name)) for name in seen]
    try:
        async with asyncio.timeout(60):
            while not all(seen.values()):
                await sent(b"before")
                await all_seen(b"before", "stays", "leaves")
        leaves.cancel()
        await asyncio.gather(leaves, return_exceptions=True)
        await sent(b"after")
        async with asyncio.timeout(SOON_SECONDS):
            await all_seen(b"after", "stays")
    finally:
        stays.cancel()
        await asyncio.gather(stays, return_exceptions=True)
