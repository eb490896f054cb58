"""Being told to stop."""

import asyncio
import os
import signal

from joust_gateway.streams.stopping import told_to_stop


async def test_streams_are_ended_before_the_servers_own_handler_is_done() -> None:
    own: list[int] = []
    ended = asyncio.Event()
    before = signal.signal(signal.SIGTERM, lambda number, frame: own.append(number))
    try:
        with told_to_stop(ended.set):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(ended.wait(), 2)
        assert own == [signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGTERM)
        assert own == [signal.SIGTERM] * 2
    finally:
        signal.signal(signal.SIGTERM, before)
