"""Brings a stack up and plays the bounty on it."""

import asyncio
import signal

import httpx2
from rich.console import Console

from joust_embedded.bounty.client import Refused
from joust_embedded.bounty.story import BountyFailed, play
from joust_embedded.errors import StackError
from joust_embedded.progress import for_console
from joust_embedded.settings import EmbeddedSettings
from joust_embedded.supervisor import Supervisor


def perform(settings: EmbeddedSettings, console: Console, *, keep_serving: bool) -> None:
    """Start everything, play, and stop; with ``keep_serving``, go on until Ctrl-C or ``joust down``.

    Raises ``StackError`` if the stack does not come up, or if the bounty fails.
    """
    supervisor = Supervisor(settings, for_console(console))
    asyncio.run(_perform(supervisor, console, keep_serving))


async def _perform(supervisor: Supervisor, console: Console, keep_serving: bool) -> None:
    stop = asyncio.Event()
    playing: list[asyncio.Task[None]] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)

    def begin() -> None:
        url = supervisor.context.url("gateway")
        playing.append(asyncio.create_task(_play(url, console, stop, keep_serving)))

    await supervisor.serve(stop, begin)
    for task in playing:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            continue


async def _play(url: str, console: Console, stop: asyncio.Event, keep_serving: bool) -> None:
    try:
        console.print(f"\nA bounty, over the public API at {url}\n", highlight=False)
        await play(url, console)
    except (Refused, BountyFailed, TimeoutError, httpx2.TransportError) as error:
        stop.set()
        message = f"The bounty failed: {error or 'something took too long'}. `joust logs NAME` shows why."
        raise StackError(message) from error
    if keep_serving:
        console.print(
            f"\nStill serving. API documentation: {url}/docs\nCtrl-C stops everything.",
            highlight=False,
            soft_wrap=True,
        )
    else:
        stop.set()
