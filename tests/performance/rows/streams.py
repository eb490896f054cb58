"""Row 9: a leaderboard changes, and all who listen to its stream are told, against raw ASGI with one shared frame.

A change is a score that the ranking service's inbox takes; it goes through the outbox, Kafka and the gateway, which
reads the leaderboard anew once for all. The floor is told by a request and sends bytes of the same length. Listeners
come all at once in each round, as they do after a restart of the gateway.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from statistics import median

import aiohttp
import psutil

from tests.performance.audience import Audience
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.counters import cpu_seconds
from tests.performance.loadclient import open_client, open_loop
from tests.performance.peers import Peer, running
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, Samples, interleave, ratio
from tests.performance.scores import Scores, scoring
from tests.support.arena import Arena, eventually

_FEW, _MANY = 100, 1_000
_STEPS = (1, 10, 100, 1_000)
_PER_ACCOUNT = 100
"""Streams that an account may have open."""
_ENTRIES = 10
_FLOOR_DELIVERIES = 20_000
"""At least, of a turn: less CPU time than that would take could not be told from none."""
_MAX_FLOOR_CHANGES = 2_000
_CHANGES = 20
_PAUSE_SECONDS = 0.2
"""Between changes while the API is asked."""
_API_RATE = 40.0
_API_SECONDS = 2.5


@dataclass
class _Hall:
    """A leaderboard with its stream, and the floor beside it."""

    bench: Bench
    scores: Scores
    floor: Peer
    stream_url: str
    keys: list[str]
    session: aiohttp.ClientSession
    api_unavailable: int = 0
    """Answers of 503 to who read a balance beside all this."""
    refusals: int = 0
    """Answers of 5xx and lost connections, of all who came."""
    storms_seconds: list[float] = field(default_factory=list)
    """How long it took until everybody listened again."""
    delivered: int = 0

    async def api(self) -> None:
        """Read a balance."""
        async with self.session.get(f"{self.bench.gateway}/api/v1/wallet/balance") as answer:
            await answer.read()
        self.api_unavailable += answer.status == 503
        assert answer.status in {200, 503}

    async def change(self, audience: Audience) -> float:
        """Milliseconds from a score's commit to the last listener that was told."""
        before = audience.newest
        await self.scores.tell(_ENTRIES, rising=True)
        began = time.perf_counter()
        await audience.all_saw(before + 1)
        return (time.perf_counter() - began) * 1e3

    async def change_floor(self, audience: Audience) -> float:
        began = time.perf_counter()
        async with self.session.post(self.floor.url) as answer:
            number = int(await answer.read())
        await audience.all_saw(number)
        return (time.perf_counter() - began) * 1e3

    @asynccontextmanager
    async def listening(self, listeners: int) -> AsyncIterator[Audience]:
        """So many, who came all at once."""
        audience = Audience(self.stream_url, self.keys, listeners)
        began = time.perf_counter()
        await audience.come()
        self.storms_seconds.append(time.perf_counter() - began)
        try:
            yield audience
        finally:
            await self._all_leave(audience)
        self.refusals += sum(count for status, count in audience.statuses.items() if not 0 < status < 500)
        audience.check()
        self.delivered += audience.deliveries

    async def _all_leave(self, audience: Audience) -> None:
        """Return once the gateway knows that they are gone; what comes next is not to pay for it."""
        gateway = psutil.Process(self.bench.stack.pid("gateway"))
        with_all = gateway.num_fds()

        async def are_gone() -> bool:
            return gateway.num_fds() <= with_all - len(audience.listeners) * 0.9

        audience.leave()
        await eventually(are_gone)

    @asynccontextmanager
    async def listening_to_floor(self, listeners: int) -> AsyncIterator[Audience]:
        audience = Audience(self.floor.url, self.keys, listeners)
        await audience.come()
        try:
            yield audience
        finally:
            audience.leave()
        audience.check()


async def measure(bench: Bench) -> RowResult:
    """Deliveries by CPU time, memory, the API beside it, and what the listeners were told."""
    result = RowResult("streams", "Row 9, SSE: leaderboard changed -> the last of its listeners has it")
    async with _open_hall(bench) as hall:
        memory: dict[str, list[float]] = {"floor": [], "joust": []}
        for listeners in (_FEW, _MANY):
            hall.storms_seconds.clear()
            samples = await _rounds(hall, listeners, bench.rounds, memory)
            result.figures += _figures(samples, listeners)
            result.counters += [
                Counter(
                    f"{listeners} listeners: deliveries per CPU-second, {sender}",
                    median(1000 / _cpu(sample) for sample in samples[name]),
                )
                for name, sender in (("joust", "gateway"), ("floor", "raw ASGI"))
            ]
            name = f"{listeners} listeners: s until all had come, at once"
            result.counters.append(Counter(name, median(hall.storms_seconds)))
        each = {name: (of[-1] - of[0]) / (_MANY - _FEW) / 1024 for name, of in memory.items()}
        growth = Ratio((each["joust"] / each["floor"],))
        result.figures.append(Figure("memory of a listener / raw ASGI", growth, at_most=1.5))
        result.counters += [
            Counter("KiB of a listener, gateway", each["joust"]),
            Counter("KiB of a listener, raw ASGI", each["floor"]),
            Counter("answers of 503 to the API beside all this", hall.api_unavailable),
            Counter("refusals with 5xx of all who came at once", hall.refusals, at_most=0),
        ]
        told = sum(hall.scores.told.values())
    result.checked = f"{told} changes were told {hall.delivered} times: to each who listened, once, in order"
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over listeners: what a delivery costs, in units of the floor's."""
    points: list[Point] = []
    async with _open_hall(bench) as hall:
        for listeners in _STEPS:
            samples = await _rounds(hall, listeners, 3, {})
            points.append(Point(listeners, ratio(samples, "joust", "floor", _cpu)))
    return [
        Curve(
            "streams-listeners",
            "Stream: CPU time of a delivery, by listeners",
            "listeners",
            "CPU / raw ASGI with one shared frame",
            {"gateway / floor": points},
        )
    ]


async def _rounds(hall: _Hall, listeners: int, rounds: int, memory: Mapping[str, list[float]]) -> Samples:
    """The API alone; then listeners come, floor and Joust tell them, and the API is asked beside that."""
    samples: Samples = {name: [] for name in ("api alone", "floor", "joust", "api beside")}
    pids = {"floor": hall.floor.pid, "joust": hall.bench.stack.pid("gateway")}
    floor_changes = min(_MAX_FLOOR_CHANGES, max(_CHANGES, _FLOOR_DELIVERIES // listeners))
    async with hall.listening_to_floor(listeners) as on_floor:
        for _ in range(rounds):
            samples["api alone"].append(await open_loop(hall.api, _API_RATE, _API_SECONDS))
            async with hall.listening(listeners) as audience:
                for name, sizes in memory.items():
                    sizes.append(psutil.Process(pids[name]).memory_info().rss)
                parties = {
                    "floor": _telling(
                        lambda: hall.change_floor(on_floor), on_floor, floor_changes, pids["floor"]
                    ),
                    "joust": _telling(lambda: hall.change(audience), audience, _CHANGES, pids["joust"]),
                }
                for name, told in (await interleave(parties, 1)).items():
                    samples[name] += told
                samples["api beside"].append(await _api_beside(hall, audience))
    return samples


def _telling(change: Callable[[], Awaitable[float]], audience: Audience, times: int, pid: int) -> Party:
    """Changes one after another; operations are deliveries, CPU time is that of the sending process."""

    async def party() -> Sample:
        before, cpu, began = audience.deliveries, cpu_seconds([pid]), time.perf_counter()
        latencies = [await change() for _ in range(times)]
        seconds = time.perf_counter() - began
        return Sample(audience.deliveries - before, seconds, latencies, cpu_seconds([pid]) - cpu)

    return party


async def _api_beside(hall: _Hall, audience: Audience) -> Sample:
    async def keep_changing() -> None:
        while not enough.is_set():
            await hall.change(audience)
            with suppress(TimeoutError):
                await asyncio.wait_for(enough.wait(), _PAUSE_SECONDS)

    enough = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(keep_changing())
        sample = await open_loop(hall.api, _API_RATE, _API_SECONDS)
        enough.set()
    return sample


def _figures(samples: Samples, listeners: int) -> list[Figure]:
    sent = f"{listeners} listeners: deliveries per CPU-second / raw ASGI"
    told = f"{listeners} listeners: change to the last one, p50 / raw ASGI"
    api = f"{listeners} listeners: p99 of the API beside changes / without"
    return [
        Figure(sent, ratio(samples, "joust", "floor", lambda sample: 1 / _cpu(sample)), at_least=0.7),
        Figure(told, ratio(samples, "joust", "floor", lambda sample: sample.p50_ms)),
        Figure(api, ratio(samples, "api beside", "api alone", lambda sample: sample.p99_ms), at_most=1.5),
    ]


@asynccontextmanager
async def _open_hall(bench: Bench) -> AsyncIterator[_Hall]:
    arena = Arena(bench.stack)
    try:
        task = await arena.open_task(bench.poster)
        agents = [await arena.sign_up(f"Listener {number}") for number in range(_MANY // _PER_ACCOUNT + 2)]
        keys = [str(agent.http.headers["Authorization"]) for agent in agents]
        url = f"{bench.gateway}/api/v1/tasks/{task['id']}/leaderboard"
        async with scoring(bench.stack, task["id"], bench.poster.account_id) as scores:
            while len(scores.told) < _ENTRIES:
                await scores.tell(_ENTRIES, rising=True)
            body = await agents[0].leaderboard(task["id"])
            body["server_time"] = body["deadline"]
            shown = json.dumps(body, separators=(",", ":")).encode()
            async with (
                running("peer_stream:app", bench.stack.database_dsn, shown) as floor,
                open_client({"Authorization": bench.authorization}) as session,
            ):
                yield _Hall(bench, scores, floor, f"{url}/stream", keys, session)
    finally:
        await arena.close()


def _cpu(sample: Sample) -> float:
    return sample.cpu_per_thousand
