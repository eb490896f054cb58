"""Who sends too much, too deep or too slowly, or watches too much, costs the gateway little and others nothing."""

import asyncio
import gzip
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import httpx2
import psutil
import pytest

from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.support.arena import Arena
from tests.support.freezing import frozen
from tests.support.gateways import Gateway, more_gateways

GROWTH_BYTES = 64 * 2**20
GIGABYTE = 10**9
PART = b"x" * 65_536
SENT_AT_MOST_BYTES = 60_000_000
"""The limit of a body, what is passed over, and what lies in the buffers of the kernel."""
HEAD_SECONDS = 3
STREAMS_OF_ACCOUNT = 20
SLACK_SECONDS = 1.0
"""A busy machine may keep anybody waiting for so long."""
JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 10_000 + b"]" * 10_000
DIGITS = b'{"title": ' + b"9" * 1_000_000 + b"}"
WORST_SEARCH = " ".join(f'"{letter}" -{letter} or {letter}*' for letter in "abcdefghijklmnopqrstuvwxyz" * 2)[
    :500
]


class Target:
    """A gateway of its own, and the account that attacks it."""

    def __init__(self, gateway: Gateway, stack: Stack, attacker: Party, submission_id: str) -> None:
        self.gateway = gateway
        self.stack = stack
        self.submission_id = submission_id
        self.headers = {"Authorization": attacker.http.headers["Authorization"]}

    def client(self) -> httpx2.AsyncClient:
        limits = httpx2.Limits(max_connections=None)
        return httpx2.AsyncClient(base_url=self.gateway.url, headers=self.headers, timeout=60, limits=limits)

    def rss(self) -> int:
        return int(psutil.Process(self.gateway.pid).memory_info().rss)


@pytest.fixture(scope="module")
async def target(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Target]:
    settings = {
        "REQUEST_HEAD_TIMEOUT_SECONDS": str(HEAD_SECONDS),
        "STREAM_MAX_OPEN_PER_ACCOUNT": str(STREAMS_OF_ACCOUNT),
    }
    arena = Arena(stack)
    poster, attacker = await arena.sign_up("Poster"), await arena.sign_up("Attacker")
    task = await arena.open_task(poster)
    with frozen(stack.pid("evaluation")):
        submission = await attacker.quick_submit(task["id"], DECENT)
        async with more_gateways(stack, tmp_path_factory.mktemp("gateway"), 1, settings) as (gateway,):
            yield Target(gateway, stack, attacker, submission["id"])
    await arena.close()


async def gigabytes(target: Target) -> None:
    """Six bodies of a gigabyte that nobody announced."""

    async def send() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.gateway.port)
        key = target.headers["Authorization"]
        head = f"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        answer = asyncio.create_task(reader.readuntil(b"\r\n"))
        sent = 0
        with suppress(ConnectionError):
            while sent < GIGABYTE:
                writer.write(b"%x\r\n%b\r\n" % (len(PART), PART))
                await writer.drain()
                sent += len(PART)
        writer.close()
        assert (await answer).startswith(b"HTTP/1.1 413")
        return sent

    sent = await asyncio.gather(*(send() for _ in range(6)))
    assert max(sent) < SENT_AT_MOST_BYTES


async def bombs(target: Target) -> None:
    """Small bodies that unpack to a hundred megabytes."""
    content = gzip.compress(b"[" * 100_000_000, compresslevel=1)
    async with target.client() as http:
        headers = {**JSON, "Content-Encoding": "gzip"}
        posts = (http.post("/api/v1/tasks", content=content, headers=headers) for _ in range(20))
        assert {answer.status_code for answer in await asyncio.gather(*posts)} == {415}


async def tangles(target: Target) -> None:
    """JSON that is nested ten thousand deep, and numbers of a million digits."""
    async with target.client() as http:
        posts = [http.post("/api/v1/tasks", content=body, headers=JSON) for body in (DEEP, DIGITS) * 10]
        assert {answer.status_code for answer in await asyncio.gather(*posts)} == {400}


async def slow_heads(target: Target) -> None:
    """Three hundred connections that send a byte now and then."""

    async def trickle() -> float:
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", target.gateway.port)
        with suppress(ConnectionError):
            writer.write(b"GET /livez HTTP/1.1\r\nX-Slow: ")
            while not reader.at_eof():
                writer.write(b"x")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), 0.5)
        writer.close()
        return time.monotonic() - began

    lasted = await asyncio.gather(*(trickle() for _ in range(300)))
    assert max(lasted) < 10 * HEAD_SECONDS


async def streams(target: Target) -> None:
    """Four hundred streams of one account."""
    answered = Counter[int]()
    all_answered = asyncio.Event()

    async def watch(http: httpx2.AsyncClient) -> None:
        async with http.stream("GET", f"/api/v1/submissions/{target.submission_id}/stream") as answer:
            answered[answer.status_code] += 1
            if answered.total() == 400:
                all_answered.set()
            await all_answered.wait()

    async with target.client() as http:
        await asyncio.gather(*(watch(http) for _ in range(400)))
    assert answered == {200: STREAMS_OF_ACCOUNT, 429: 400 - STREAMS_OF_ACCOUNT}


async def searches(target: Target) -> None:
    """Forty searches for everything and nothing."""
    async with target.client() as http:
        asked = (http.get("/api/v1/search/tasks", params={"query": WORST_SEARCH}) for _ in range(40))
        assert {answer.status_code for answer in await asyncio.gather(*asked)} <= {200, 503}


ATTACKS: list[Callable[[Target], Awaitable[None]]] = [
    gigabytes,
    bombs,
    tangles,
    slow_heads,
    streams,
    searches,
]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
async def test_an_attack_is_refused_and_costs_little(
    target: Target, arena: Arena, attack: Callable[[Target], Awaitable[None]]
) -> None:
    bystander = await arena.sign_up("Bystander")
    before = await waits_of(target, bystander, asyncio.sleep(1))
    rss = Peak(target)
    during = await waits_of(target, bystander, attack(target))
    grown = rss.growth()
    print(
        f"{attack.__name__}: grown by {grown / 2**20:.1f} MiB, p99 {p99(before):.3f} s before, {p99(during):.3f} s during"
    )
    assert grown < GROWTH_BYTES
    assert p99(during) < 2 * p99(before) + SLACK_SECONDS


async def waits_of(target: Target, bystander: Party, meanwhile: Awaitable[None]) -> list[float]:
    """How long a bystander waited for each answer, from a thread of its own, until something is done."""
    waits: list[float] = []
    has_begun, is_done = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    key = bystander.http.headers["Authorization"]

    def ask_on() -> None:
        with httpx2.Client(base_url=target.gateway.url, headers={"Authorization": key}, timeout=60) as http:
            http.get("/api/v1/wallet/balance").raise_for_status()
            loop.call_soon_threadsafe(has_begun.set)
            while not waits or not is_done.is_set():
                began = time.monotonic()
                http.get("/api/v1/wallet/balance").raise_for_status()
                waits.append(time.monotonic() - began)
                is_done.wait(0.02)

    asking = asyncio.create_task(asyncio.to_thread(ask_on))
    async with asyncio.timeout(60):
        await has_begun.wait()
    try:
        await meanwhile
    finally:
        is_done.set()
    await asking
    return waits


def p99(waits: list[float]) -> float:
    return sorted(waits)[len(waits) * 99 // 100]


class Peak:
    """The most memory that the gateway had, looked at all the time."""

    def __init__(self, target: Target) -> None:
        self._before = self._most = target.rss()
        self._is_done = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(target,))
        self._thread.start()

    def _look(self, target: Target) -> None:
        while not self._is_done.wait(0.05):
            self._most = max(self._most, target.rss())

    def growth(self) -> int:
        """Bytes more than at the beginning; ends the look."""
        self._is_done.set()
        self._thread.join()
        return self._most - self._before
