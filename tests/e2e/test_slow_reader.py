"""A reader of a stream that stops reading, on the real stack: it is cut off at a bound, and others notice nothing."""

import socket
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import pytest

from joust_embedded.stack import Stack
from tests.performance.audience import Audience
from tests.performance.scores import Scores, scoring
from tests.support.arena import Arena, eventually
from tests.support.gateways import Gateway, more_gateways

ENTRIES = 50
"""Of the leaderboard, so that each change is an event of some ten kilobytes."""
CUT_SECONDS = 2
QUICK, SLOW = 10, 5
CHANGES = 30
MOST_CHANGES = 300
BOUND_BYTES = 65_536
KERNEL_BYTES = 2 * BOUND_BYTES
"""Linux takes the bound twice, for what it keeps beside the data."""


@pytest.fixture
async def gateway(stack: Stack, tmp_path: Path) -> AsyncIterator[Gateway]:
    settings = {
        "STREAM_SEND_TIMEOUT_SECONDS": str(CUT_SECONDS),
        "ANSWER_TAKING_TIMEOUT_SECONDS": str(2 * CUT_SECONDS),
    }
    async with more_gateways(stack, tmp_path, 1, settings) as (gateway,):
        yield gateway


async def test_a_reader_that_stops_reading_is_cut_off_at_a_bound_and_others_are_told_as_soon_as_before(
    stack: Stack, arena: Arena, gateway: Gateway
) -> None:
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster)
    key = str(poster.http.headers["Authorization"])
    path = f"/api/v1/tasks/{task['id']}/leaderboard/stream"
    audience = Audience(f"{gateway.url}{path}", [key], QUICK)
    async with scoring(stack, task["id"], poster.account_id) as scores:
        for _ in range(2 * ENTRIES):
            await scores.tell(ENTRIES, rising=True)
        await audience.come()
        before = [await change(scores, audience) for _ in range(CHANGES)]
        with ExitStack() as sockets:
            slow = [sockets.enter_context(one_who_never_reads(gateway, path, key)) for _ in range(SLOW)]
            ports = {each.getsockname()[1] for each in slow}
            await eventually(lambda: all_connected(gateway, ports))
            during: list[float] = []
            most_queued = 0
            while queued := waiting_bytes(gateway, ports):
                assert len(during) < MOST_CHANGES, "a reader that takes nothing is kept for ever"
                most_queued = max(most_queued, *queued)
                during.append(await change(scores, audience))
    audience.leave()
    audience.check()
    print(
        f"{len(during)} changes, {most_queued} bytes in the kernel, {median(before):.3f} {median(during):.3f} s"
    )
    assert set(audience.statuses) == {200}
    assert len(during) > 5
    assert 0 < most_queued < KERNEL_BYTES
    assert median(during) < 2 * median(before)


async def change(scores: Scores, audience: Audience) -> float:
    """Seconds from a score's commit to the last reader who reads."""
    before = audience.newest
    await scores.tell(ENTRIES, rising=True)
    began = time.monotonic()
    await audience.all_saw(before + 1)
    return time.monotonic() - began


def one_who_never_reads(gateway: Gateway, path: str, key: str) -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    address = urlsplit(gateway.url)
    connection.connect((str(address.hostname), address.port or 80))
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n".encode())
    return connection


async def all_connected(gateway: Gateway, ports: set[int]) -> bool:
    return len(waiting_bytes(gateway, ports)) == len(ports)


def waiting_bytes(gateway: Gateway, ports: set[int]) -> list[int]:
    """What the kernel keeps for each of those clients that still have a connection to the gateway."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [
        int(queues.partition(":")[0], 16)
        for _, local, remote, _state, queues, *_ in rows
        if _port_of(local) == gateway.port and _port_of(remote) in ports
    ]


def _port_of(address: str) -> int:
    return int(address.partition(":")[2], 16)
