"""Ends open streams as soon as the process is told to stop: they would hold up its graceful stop."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_to_stop(end: Callable[[], None]) -> Iterator[None]:
    """Call ``end`` in the running loop when SIGTERM or SIGINT comes, before the server's own handler.

    The server tells an app that it stops only after all connections are gone, which is too late for streams.
    Does nothing where there is no such handler, as in tests.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def stop(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(end)
        own = before[signal.Signals(number)]
        if callable(own):
            own(number, frame)

    chained = [number for number, own in before.items() if callable(own)]
    for number in chained:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in chained:
            signal.signal(number, before[number])
