"""Row 1: a task read through the gateway, against raw ASGI, pgbench and FastAPI with asyncpg.

``GET /api/v1/tasks/{id}`` reads the same row as the peer, and asks two services: for the task, and for the
caller's quota. ``GET /api/v1/wallet/balance`` asks one. Both are measured; the goals are held against both.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.counters import counting_cpu, internal_requests, statements_per_request
from tests.performance.loadclient import Ask, closed_loop, get, open_client, open_loop
from tests.performance.peers import running
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Sample, compared, interleave, ratio
from tests.performance.tables import written_columns

_COUNTED = 300
_OPEN_LOOP_SHARE = 0.4
"""Of what the slowest party can do: everybody keeps up, and latency is that of work, not of a queue."""
_OPEN_LOOP_REQUESTS = 100
"""At least, in a round: with fewer the 99th percentile would be the slowest one."""


@dataclass(frozen=True)
class _Parties:
    asks: dict[str, Ask]
    pids: dict[str, list[int]]

    def closed(self, names: list[str], connections: int, seconds: float) -> dict[str, Party]:
        def party(ask: Ask) -> Party:
            return lambda: closed_loop(ask, connections, seconds)

        return {name: counting_cpu(self.pids[name], party(self.asks[name])) for name in names}

    def opened(self, names: list[str], rate: float, seconds: float) -> dict[str, Party]:
        def party(ask: Ask) -> Party:
            return lambda: open_loop(ask, rate, seconds)

        return {name: party(self.asks[name]) for name in names}


async def measure(bench: Bench) -> RowResult:
    """Throughput in a closed loop, latency in an open one, counters, and the check of the answers."""
    result = RowResult("read", "Row 1, read: client -> gateway -> row -> JSON")
    async with _parties(bench) as parties:
        names = list(parties.asks)
        turns = parties.closed(names, bench.clients, bench.seconds)
        await interleave(parties.closed(names, bench.clients, 0.5), 1)
        turns["pgbench"] = lambda: pgbench(
            bench.stack.database_dsn, bench.tables.pgbench_read, bench.clients, bench.seconds
        )
        closed = await interleave(turns, bench.rounds)
        slowest = min(median(sample.rate for sample in closed[name]) for name in names)
        served = ["peer", "task", "balance"]
        rate = slowest * _OPEN_LOOP_SHARE
        seconds = max(bench.seconds, _OPEN_LOOP_REQUESTS / rate)
        opened = await interleave(parties.opened(served, rate, seconds), bench.rounds)
        for name in ("task", "balance"):
            result.figures += [
                Figure(f"{name} / FastAPI + asyncpg, throughput", ratio(closed, name, "peer"), at_least=0.6),
                Figure(
                    f"{name} / FastAPI + asyncpg, p99 in an open loop",
                    ratio(opened, name, "peer", _p99),
                    at_most=2,
                ),
                Figure(f"{name} / raw ASGI, throughput", ratio(closed, name, "floor")),
                Figure(f"{name} / pgbench select, throughput", ratio(closed, name, "pgbench")),
                Figure(
                    f"{name} / FastAPI + asyncpg, CPU of the processes", ratio(closed, name, "peer", _cpu)
                ),
            ]
        result.counters += [
            Counter(
                f"{name}: CPU-seconds of its processes per 1,000 requests",
                median(sample.cpu_per_thousand for sample in closed[name]),
            )
            for name in names
        ]
        result.details["rates"] = {
            name: median(sample.rate for sample in samples) for name, samples in closed.items()
        }
        result.details["open_loop_rate"] = rate
        for name in ("task", "balance"):
            await _count(bench, result, name, parties.asks[name])
    result.checked = await _check(bench)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over connections, and over stored tasks."""
    async with _parties(bench) as parties:
        by_connections = [
            (count, await interleave(parties.closed(["peer", "task", "balance"], count, 1), bench.rounds))
            for count in (1, 4, 16, 64)
        ]
        by_tasks = []
        for count in (1_000, 10_000, 50_000):
            await _fill(bench, count)
            turns = parties.closed(["peer", "task"], bench.clients, 1)
            by_tasks.append((count, await interleave(turns, bench.rounds)))

    def line(name: str, measured: list[tuple[int, dict[str, list[Sample]]]]) -> list[Point]:
        return [Point(count, ratio(samples, name, "peer")) for count, samples in measured]

    own = by_tasks[0][1]["task"]
    growth = [Point(count, compared(samples["task"], own)) for count, samples in by_tasks]
    versus = "throughput / FastAPI + asyncpg"
    return [
        Curve(
            "read-connections",
            "Read: share of the peer's throughput, by connections",
            "connections",
            versus,
            {name: line(name, by_connections) for name in ("task", "balance")},
        ),
        Curve(
            "read-tasks",
            "Read: by stored tasks",
            "stored tasks",
            "ratio",
            {"task / peer": line("task", by_tasks), "task / itself at 1k": growth},
        ),
    ]


@asynccontextmanager
async def _parties(bench: Bench) -> AsyncIterator[_Parties]:
    path = f"/api/v1/tasks/{bench.tables.task_id}"
    headers = {"Authorization": bench.authorization}
    body = (await bench.poster.http.get(path)).content
    dsn = bench.stack.database_dsn
    async with (
        running("peers:raw", dsn, body) as floor,
        running("peers:bare", dsn) as peer,
        open_client(headers) as session,
    ):
        asks = {
            "floor": get(session, f"{floor.url}/"),
            "peer": get(session, f"{peer.url}/tasks/{bench.tables.task_id}"),
            "task": get(session, bench.gateway + path),
            "balance": get(session, f"{bench.gateway}/api/v1/wallet/balance"),
        }
        pids = {
            "floor": [floor.pid],
            "peer": [peer.pid],
            "task": bench.pids("gateway", "task", "submission"),
            "balance": bench.pids("gateway", "wallet"),
        }
        yield _Parties(asks, pids)


async def _count(bench: Bench, result: RowResult, name: str, ask: Callable[[], Awaitable[None]]) -> None:
    roles = ["joust_gateway", "joust_task", "joust_submission", "joust_wallet"]
    statements = await statements_per_request(bench.database, roles, ask, _COUNTED)
    before = await internal_requests(bench.stack)
    for _ in range(_COUNTED):
        await ask()
    hops = (await internal_requests(bench.stack) - before) / _COUNTED
    trips = sum(each.per_request for each in statements)
    result.counters += [
        Counter(f"{name}: SQL round trips per request", trips, at_most=2),
        Counter(f"{name}: internal HTTP requests per request", hops, at_most=1),
    ]
    result.details[f"{name}_statements"] = [
        f"{each.per_request:.2f} {each.role}: {each.query[:120]}" for each in statements
    ]


async def _check(bench: Bench) -> str:
    """Whatever load there was, the answer is the row of the database."""
    answer = await bench.poster.get(f"/api/v1/tasks/{bench.tables.task_id}")
    row = await bench.database.fetchrow("SELECT * FROM task.tasks WHERE id = $1", bench.tables.task_id)
    for name in ("title", "description", "status", "budget_cents"):
        assert answer[name] == row[name], name
    return "every answer was 200; the last one is the row of the database"


async def _fill(bench: Bench, count: int) -> None:
    for schema in ("task", "bench"):
        stored = await bench.database.fetchval(f"SELECT count(*) FROM {schema}.tasks")
        columns = ", ".join(await written_columns(bench.database))
        await bench.database.execute(
            f"INSERT INTO {schema}.tasks (id, {columns}) SELECT gen_random_uuid(), {columns} FROM task.tasks, "
            "generate_series(1, $2::int) WHERE id = $1",
            bench.tables.task_id,
            max(0, count - stored),
        )
        await bench.database.execute(f"ANALYZE {schema}.tasks")


def _p99(sample: Sample) -> float:
    return sample.p99_ms


def _cpu(sample: Sample) -> float:
    return sample.cpu_per_thousand
