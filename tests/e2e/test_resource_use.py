"""Who sends too much, too deep, too slowly or too often costs little memory, and others are answered all the same.

A bystander reads and writes all the time. In the suite each of its requests must be answered; how
long they wait is printed. With two cores, and other tests on them, the slowest hundredth of some dozen requests is
chance, so the ratio of attacked to quiet times is asserted by the campaign, of some thousand requests each.
"""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.support.arena import Arena
from tests.support.attacks import ATTACKS, Seen, Target, run
from tests.support.gateways import Gateway, more_gateways

GROWTH_BYTES = 64 * 2**20
HEAD_SECONDS = 3
MOST_STREAMS, OF_AN_ACCOUNT, MOST_CONNECTIONS, OF_AN_ADDRESS = 150, 100, 300, 250
REACHED = {
    "MAX_BODY_BYTES": "10000000",
    "REQUEST_HEAD_TIMEOUT_SECONDS": str(HEAD_SECONDS),
    "STREAM_MAX_OPEN": str(MOST_STREAMS),
    "STREAM_MAX_OPEN_PER_ACCOUNT": str(OF_AN_ACCOUNT),
    "MAX_CONNECTIONS": str(MOST_CONNECTIONS),
    "MAX_CONNECTIONS_PER_ADDRESS": str(OF_AN_ADDRESS),
}
ELSEWHERE = [f"127.0.2.{number}" for number in range(1, 121)]
"""Addresses of those who do not attack: so many that each asks less than once in two seconds."""
SENT_AT_MOST_BYTES = 160_000_000
"""The limit of an artifact, what is passed over, and what lies in the buffers of the kernel."""
PAUSE_SECONDS = 0.04
SHORT_SECONDS, LONG_SECONDS = 1.0, 50.0
"""How long an attack lasts at least; it is made again until then."""
PATIENCE_SECONDS = 120
NOISE_SECONDS = 0.02
"""What the system makes a process wait now and then, whatever happens."""


@dataclass(frozen=True)
class Scene:
    """A gateway of its own, its attackers, and a bystander."""

    stack: Stack
    gateway: Gateway
    target: Target
    bystander: str
    task_id: str

    def processes(self) -> dict[str, psutil.Process]:
        """The gateway and all services, by name."""
        pids = {name.value: self.stack.pid(name.value) for name in ServiceName if name != ServiceName.GATEWAY}
        return {name: psutil.Process(pid) for name, pid in {**pids, "gateway": self.gateway.pid}.items()}


@asynccontextmanager
async def set_up(stack: Stack, folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Scene]:
    """Limits are as they are by default, but for those that an attack must reach, which are smaller."""
    arena = Arena(stack)
    poster, bystander, *attackers = [await arena.sign_up(f"Party {number}") for number in range(4)]
    task = await arena.open_task(poster)
    keys = [str(attacker.http.headers["Authorization"]) for attacker in attackers]
    async with more_gateways(stack, folder, 1, {**REACHED, **settings}) as (gateway,):
        target = Target(gateway.port, keys, task["id"], size=450)
        yield Scene(stack, gateway, target, str(bystander.http.headers["Authorization"]), task["id"])
    await arena.close()


@pytest.fixture(scope="module")
async def scene(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Where nobody counts requests, so that each of the attack has its effect."""
    async with set_up(stack, tmp_path_factory.mktemp("gateway"), {}) as opened:
        yield opened


@pytest.fixture(scope="module")
async def counting_scene(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """As agents find it: requests of an address are counted."""
    settings = {"RATE_LIMIT_ENABLED": "true"}
    async with set_up(stack, tmp_path_factory.mktemp("counting"), settings) as opened:
        yield opened


@pytest.mark.parametrize("name", ATTACKS)
async def test_an_attack_is_refused_costs_little_memory_and_keeps_nobody_out(scene: Scene, name: str) -> None:
    await bystand(scene, seconds=SHORT_SECONDS)  # everything is loaded
    with memory_watched(scene) as growth:
        seen, waits = await attack(scene, name, seconds=SHORT_SECONDS)
    print(f"{name}: {seen}, {told(waits)}, grown by MiB {growth}")
    check(name, seen)
    assert max(growth.values()) < GROWTH_BYTES / 2**20


@pytest.mark.campaign
@pytest.mark.parametrize("name", ATTACKS)
async def test_others_wait_no_more_than_twice_as_long_during_an_attack(
    counting_scene: Scene, name: str
) -> None:
    scene = counting_scene
    quiet = await bystand(scene, seconds=LONG_SECONDS / 2)
    _, attacked = await attack(scene, name, seconds=LONG_SECONDS)
    quiet += await bystand(scene, seconds=LONG_SECONDS / 2)
    print(f"{name}: quiet {told(quiet)}; attacked {told(attacked)}")
    assert slowest(attacked, 100) <= 2 * slowest(quiet, 100) + NOISE_SECONDS


def check(name: str, seen: Seen) -> None:
    """Each attack is refused as documented."""
    statuses = Counter(seen.statuses)
    match name:
        case "gigabytes":
            # Who sends on after the refusal is cut off, and may not have read it.
            assert set(statuses) <= {0, 413, 503}
            assert statuses[413] > 0
            assert seen.most_sent_bytes < SENT_AT_MOST_BYTES
        case "bombs":
            assert set(statuses) == {415}
        case "tangles":
            assert set(statuses) <= {400, 413, 422}
        case "crowds":
            # A value that may be so dense is taken if it has the room to itself.
            assert set(statuses) <= {200, 413, 503}
            assert statuses[413] > 0
            assert statuses[200] > 0
        case "slow_heads":
            assert seen.longest_seconds < 10 * HEAD_SECONDS
        case "streams":
            assert statuses[200] == MOST_STREAMS
            assert statuses[503] > 0
            assert set(statuses) <= {0, 200, 429, 503}
        case "searches":
            assert set(statuses) <= {200, 503}


async def attack(scene: Scene, name: str, *, seconds: float) -> tuple[Seen, list[float]]:
    """What the attackers saw at last, and how long the bystander waited meanwhile."""
    async with bystanding(scene) as waits:
        until = time.monotonic() + seconds
        seen = await run(name, scene.target)
        while time.monotonic() < until:
            seen = await run(name, scene.target)
    return seen, waits


async def bystand(scene: Scene, *, seconds: float) -> list[float]:
    async with bystanding(scene) as waits:
        await asyncio.sleep(seconds)
    return waits


@asynccontextmanager
async def bystanding(scene: Scene) -> AsyncIterator[list[float]]:
    """Read and write, one after the other, each time by a new connection.

    A wait lasts until it was done, if need be at another try after a 503.
    """
    waits: list[float] = []
    headers = {"Authorization": scene.bystander}
    timeout = aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    async with AsyncExitStack() as opened:
        sessions = [
            await opened.enter_async_context(
                aiohttp.ClientSession(
                    scene.gateway.url,
                    connector=aiohttp.TCPConnector(local_addr=(address, 0), force_close=True),
                    headers=headers,
                    timeout=timeout,
                )
            )
            for address in ELSEWHERE
        ]
        from_elsewhere = cycle(sessions)

        async def go_on(asked: Callable[[int], Any]) -> None:
            for number in count():
                began = time.monotonic()
                while (status := await asked(number)) == 503:
                    await asyncio.sleep(PAUSE_SECONDS)
                assert status == 200
                waits.append(time.monotonic() - began)
                if is_over.is_set():
                    return
                await asyncio.sleep(PAUSE_SECONDS)

        async def read(_number: int) -> int:
            async with next(from_elsewhere).get(f"/api/v1/tasks/{scene.task_id}") as answer:
                await answer.read()
                return answer.status

        async def write(number: int) -> int:
            async with next(from_elsewhere).put(
                f"/api/v1/workspace/kv/{number % 8}", json={"value": number}
            ) as answer:
                await answer.read()
                return answer.status

        is_over = asyncio.Event()
        going_on = asyncio.gather(go_on(read), go_on(write))
        try:
            yield waits
        finally:
            is_over.set()
            await going_on


def slowest(waits: list[float], share: int) -> float:
    """What all but one of ``share`` waits are below."""
    return sorted(waits)[len(waits) - 1 - len(waits) // share]


def told(waits: list[float]) -> str:
    p50, p95, p99 = (slowest(waits, share) * 1e3 for share in (2, 20, 100))
    return f"{len(waits)} waits, p50 {p50:.0f} p95 {p95:.0f} p99 {p99:.0f} ms"


@contextmanager
def memory_watched(scene: Scene) -> Iterator[dict[str, float]]:
    """By process, the most that it had during the block more than before, in MiB; filled at the end."""
    growth: dict[str, float] = {}
    processes = scene.processes()
    before = {name: process.memory_info().rss for name, process in processes.items()}
    most = dict(before)
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(0.02):
            for name, process in processes.items():
                most[name] = max(most[name], process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield growth
    finally:
        is_over.set()
        looking.join()
        growth |= {name: round((most[name] - before[name]) / 2**20, 1) for name in processes}


async def test_of_many_submissions_at_once_when_one_is_left_one_is_taken_whichever_gateway_is_asked(
    scene: Scene, arena: Arena
) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster, max_submissions_per_agent=2)
    await agent.quick_submit(task["id"], DECENT)
    headers = {"Authorization": str(agent.http.headers["Authorization"])}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def submit(url: str) -> tuple[int, str]:
            path = f"{url}/api/v1/tasks/{task['id']}/quick-submit"
            async with session.post(path, json={"files": DECENT}) as answer:
                return answer.status, (await answer.json()).get("error", {}).get("code", "")

        urls = [arena.url, scene.gateway.url] * 10
        answers = Counter(await asyncio.gather(*map(submit, urls)))
    assert answers == {(201, ""): 1, (409, "QUOTA_EXHAUSTED"): 19}
    assert (await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"] == {
        "used": 2,
        "limit": 2,
        "remaining": 0,
    }
