"""A process that listens to what is told from now on."""

import asyncio

from joust_contracts.events import TaskPublished
from joust_kit.messaging.broadcast import Broadcast
from joust_kit.testing.memory_bus import MemoryBus


async def test_whoever_listens_is_told_when_listening_begins_anew_because_something_was_missed() -> None:
    begun = asyncio.Event()

    async def tell(_event: object) -> None:
        raise AssertionError("nothing was told")

    broadcast = Broadcast(MemoryBus(), ["joust.task"], [TaskPublished], tell, on_begin=begun.set)
    for _ in range(2):
        begun.clear()
        listening = asyncio.create_task(broadcast.run())
        await asyncio.wait_for(begun.wait(), 5)
        listening.cancel()
        await asyncio.wait([listening])
