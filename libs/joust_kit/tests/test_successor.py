"""A consumer that was killed has a successor: it gets the partitions at once if it bears the same name."""

import asyncio
import sys
from uuid import uuid4

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
