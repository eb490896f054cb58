"""Row 2: ``POST /api/v1/tasks`` with an Idempotency-Key, committed with its event when 201 is received.

The floor is pgbench with the same statements in one transaction; the peer does them in FastAPI and asyncpg.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median
from uuid import uuid4

import aiohttp

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import a_task
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.counters import counting_cpu, internal_requests, statements_per_request
from tests.performance.loadclient import Ask, closed_loop, open_client
from tests.performance.peers import running
from tests.performance.pgbench import pgbench
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Sample, interleave, ratio
from tests.support.checkers import read_topic, wait_until_quiet

_COUNTED = 200
_TRIES = 5
_JOUST = ("gateway", "task")


@dataclass
class Writer:
    """Posts tasks, and remembers what was answered with 201."""

    session: aiohttp.ClientSession
    url: str
    body: bytes
    made: dict[str, str] = field(default_factory=dict)
    """Task id by idempotency key."""
    replayed: int = 0
    refused: int = 0
    """Answers of 503, which say when to come again; the time until then counts."""

    async def first(self) -> None:
        """A new key."""
        key = str(uuid4())
        self.made[key] = await self._post(key)

    def again(self) -> Ask:
        """A key that was answered before; the answer must be the same task."""
        keys = itertools.cycle(list(self.made.items()))

        async def ask() -> None:
            key, id = next(keys)
            assert await self._post(key) == id
            self.replayed += 1

        return ask

    async def _post(self, key: str) -> str:
        """Post, and again if it was refused because too much was going on, as clients do."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        for _ in range(_TRIES):
            async with self.session.post(self.url, data=self.body, headers=headers) as response:
                text = await response.read()
                if response.status == HTTPStatus.CREATED:
                    return str(json.loads(text)["id"])
                assert response.status == HTTPStatus.SERVICE_UNAVAILABLE, f"{response.status} {text.decode()}"
                self.refused += 1
                await asyncio.sleep(float(response.headers["Retry-After"]))
        raise AssertionError(f"refused {_TRIES} times: {text.decode()}")


@dataclass(frozen=True)
class _Writers:
    bench: Bench
    joust: Writer
    peer: Writer
    peer_pid: int

    def turns(self, clients: int, seconds: float) -> dict[str, Party]:
        """Floor, peer, first calls, and the same keys again."""

        async def floor() -> Sample:
            return await pgbench(
                self.bench.stack.database_dsn, self.bench.tables.pgbench_write, clients, seconds
            )

        async def peer() -> Sample:
            return await closed_loop(self.peer.first, clients, seconds)

        async def first() -> Sample:
            return await closed_loop(self.joust.first, clients, seconds)

        async def replay() -> Sample:
            return await closed_loop(self.joust.again(), clients, seconds)

        pids = self.bench.pids(*_JOUST)
        return {
            "pgbench": floor,
            "peer": counting_cpu([self.peer_pid], peer),
            "joust": counting_cpu(pids, first),
            "replay": counting_cpu(pids, replay),
        }


async def measure(bench: Bench) -> RowResult:
    """Throughput, replays, counters, and the check that nothing was lost and nothing made twice."""
    result = RowResult("write", "Row 2, write: POST task with Idempotency-Key, committed and 201 received")
    async with _writers(bench) as writers:
        await closed_loop(writers.joust.first, 4, 0.5)
        await closed_loop(writers.peer.first, 4, 0.5)
        samples = await interleave(writers.turns(bench.clients, bench.seconds), bench.rounds)
        result.figures = [
            Figure("joust / FastAPI + asyncpg, throughput", ratio(samples, "joust", "peer"), at_least=0.6),
            Figure("joust / pgbench, throughput", ratio(samples, "joust", "pgbench"), at_least=0.25),
            Figure("peer / pgbench, throughput", ratio(samples, "peer", "pgbench")),
            Figure(
                "time of a replayed key / time of a first call",
                ratio(samples, "replay", "joust", _seconds_each),
                at_most=1,
            ),
            Figure("joust / FastAPI + asyncpg, CPU of the processes", ratio(samples, "joust", "peer", _cpu)),
        ]
        await _count(bench, result, writers.joust)
        result.counters += [
            Counter(
                f"{name}: CPU-seconds of its processes per 1,000 requests",
                median(sample.cpu_per_thousand for sample in samples[name]),
            )
            for name in ("peer", "joust", "replay")
        ]
        result.details["rates"] = {
            name: median(each.rate for each in turns) for name, turns in samples.items()
        }
        result.checked = await _check(bench, writers.joust)
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over clients, and over stored keys."""
    async with _writers(bench) as writers:

        def turns(clients: int) -> dict[str, Party]:
            all_turns = writers.turns(clients, 1)
            return {name: all_turns[name] for name in ("peer", "joust")}

        await closed_loop(writers.joust.first, 4, 0.5)
        by_clients = [(count, await interleave(turns(count), bench.rounds)) for count in (1, 4, 16, 64)]
        by_keys = []
        for count in (1_000, 10_000, 100_000):
            await _fill(bench, count)
            by_keys.append((count, await interleave(turns(bench.clients), bench.rounds)))
        await _check(bench, writers.joust)

    def lines(measured: list[tuple[int, dict[str, list[Sample]]]]) -> dict[str, list[Point]]:
        return {
            f"joust / {name}": [Point(count, ratio(samples, "joust", name)) for count, samples in measured]
            for name in ("peer",)
        }

    return [
        Curve("write-clients", "Write: by clients", "clients", "ratio of throughput", lines(by_clients)),
        Curve("write-keys", "Write: by stored keys", "stored keys", "ratio of throughput", lines(by_keys)),
    ]


@asynccontextmanager
async def _writers(bench: Bench) -> AsyncIterator[_Writers]:
    body = json.dumps(a_task()).encode()
    headers = {"Authorization": bench.authorization}
    async with running("peers:bare", bench.stack.database_dsn) as peer, open_client(headers) as session:
        yield _Writers(
            bench,
            Writer(session, f"{bench.gateway}/api/v1/tasks", body),
            Writer(session, f"{peer.url}/tasks", body),
            peer.pid,
        )


async def _count(bench: Bench, result: RowResult, writer: Writer) -> None:
    roles = [f"joust_{name}" for name in _JOUST]
    statements = await statements_per_request(bench.database, roles, writer.first, _COUNTED)
    replays = await statements_per_request(bench.database, roles, writer.again(), _COUNTED)
    rows = await _outbox_rows(bench)
    hops = await internal_requests(bench.stack)
    for _ in range(_COUNTED):
        await writer.first()
    result.counters = [
        Counter("SQL round trips per first call", sum(each.per_request for each in statements), at_most=5),
        Counter("SQL round trips per replay", sum(each.per_request for each in replays)),
        Counter("outbox rows per first call", (await _outbox_rows(bench) - rows) / _COUNTED, at_most=1),
        Counter("internal HTTP requests per call", (await internal_requests(bench.stack) - hops) / _COUNTED),
    ]
    result.details["statements"] = [
        f"{each.per_request:.2f} {each.role}: {each.query[:120]}" for each in statements
    ]


async def _outbox_rows(bench: Bench) -> int:
    """Rows that were ever in the outbox; the sequence counts them also after they are relayed."""
    return int(await bench.database.fetchval("SELECT last_value FROM task.outbox_id_seq"))


async def _check(bench: Bench, writer: Writer) -> str:
    """Each 201 is one task and one event; nothing else was made by the key's owner."""
    made = set(writer.made.values())
    assert len(made) == len(writer.made), "two keys were answered with one task"
    stored = await bench.database.fetch(
        "SELECT id::text FROM task.tasks WHERE id = ANY($1::uuid[])", list(made)
    )
    assert {row["id"] for row in stored} == made
    await wait_until_quiet(bench.stack)
    told: dict[str, set[str]] = {}
    for message in await read_topic(bench.stack.kafka_bootstrap, ServiceName.TASK.topic):
        if message.wire_type == "task.created.v1":
            told.setdefault(message.headers["ce_subject"], set()).add(message.headers["ce_id"])
    assert {id: len(told.get(id, ())) for id in made if len(told.get(id, ())) != 1} == {}
    return (
        f"{len(made)} answers of 201 are {len(made)} tasks and events; {writer.replayed} replays made none, "
        f"nor did {writer.refused} refusals (503)"
    )


async def _fill(bench: Bench, count: int) -> None:
    for schema in ("task", "bench"):
        stored = await bench.database.fetchval(f"SELECT count(*) FROM {schema}.idempotency_keys")
        await bench.database.execute(
            f"INSERT INTO {schema}.idempotency_keys (scope_hash, request_hash, status, body) "
            "SELECT sha256(convert_to(gen_random_uuid()::text, 'UTF8')), sha256('x'), 201, "
            "convert_to(repeat(md5(n::text), 40), 'UTF8') FROM generate_series(1, $1::int) AS n",
            max(0, count - stored),
        )
        await bench.database.execute(f"ANALYZE {schema}.idempotency_keys")


def _seconds_each(sample: Sample) -> float:
    return sample.p50_ms


def _cpu(sample: Sample) -> float:
    return sample.cpu_per_thousand
