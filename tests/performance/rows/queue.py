"""Row 5: a job committed to the moment at which a worker has it, with work that does nothing.

The kit's queue and Procrastinate, a queue for Python on PostgreSQL, run in the process of the bench, on a database
of their own. Both have eight workers, LISTEN for new jobs, and delete what is done.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from typing import Any

import asyncpg
import procrastinate
from sqlalchemy import Interval, bindparam, text

from joust_contracts.base import Command
from joust_evaluation.base import KIT
from joust_evaluation.queue.repository import draw_turn
from joust_evaluation.queue.rules import ACCOUNT_SPACING, delay_of_turn
from joust_evaluation.tables import METADATA
from joust_kit.database.connections import open_engine
from joust_kit.database.database import Database
from joust_kit.jobs import Job, JobContext, JobQueue, job
from joust_kit.settings import ServiceSettings
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.results import Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, Samples, compared, interleave, ratio
from tests.performance.yard import new_database, settings_of
from tests.support.arena import eventually

_DATABASE = "bench_queue"
_TASK = "nothing"
_WORKERS = 8
_WORKER: dict[str, Any] = {
    "concurrency": _WORKERS,
    "delete_jobs": "always",
    "install_signal_handlers": False,
}
_JOBS = 2_000
_SINGLE_JOBS = 40
_TENANT_BACKLOG = 10_000
_LIMIT_SECONDS = 300
_AT_ONCE = 5_000
"""More rows in one INSERT would pass the driver's limit of parameters."""
_AS_ONE_ACCOUNT_DRAWS = text(
    "UPDATE evaluation.evaluation_jobs AS job "
    "SET next_attempt_at = least(now(), now() - interval '1 day' + (place - 1) * :spacing) "
    "FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM evaluation.evaluation_jobs) AS placed "
    "WHERE placed.id = job.id"
).bindparams(bindparam("spacing", type_=Interval))
"""The turns of what one account hands in at once."""


_FILL = """
INSERT INTO evaluation.evaluation_jobs (queue, payload, headers)
SELECT queue, convert_to(format('{"number": %s}', number), 'UTF8'), headers
FROM evaluation.evaluation_jobs, generate_series($1::bigint, $2::bigint) AS number
"""
"""As many jobs as are wanted, all like the one that is there."""
_NUMBERS = (
    "SELECT (convert_from(payload, 'UTF8')::jsonb ->> 'number')::bigint FROM evaluation.evaluation_jobs"
)
_DEPTHS = (1_000, 10_000, 100_000, 1_000_000)
_WORKER_COUNTS = (1, 8, 32)
_WAITS = text("SELECT EXISTS (SELECT FROM evaluation.evaluation_jobs)")
_TAKE_AWAY = text("DELETE FROM evaluation.evaluation_jobs RETURNING payload")
_LOOK_SECONDS = 0.01


class Nothing(Command):
    """What a job of this row gets."""

    number: int


class Taken:
    """Counts jobs as workers take them, and tells when as many as awaited were taken."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.first: float | None = None
        """When the first of a drain was taken, by ``perf_counter``: connections are open then."""
        self._awaited: tuple[int, asyncio.Event] | None = None
        self._looked_for: dict[int, asyncio.Future[float]] = {}

    def take(self, number: int) -> None:
        """A worker has it."""
        self.numbers.append(number)
        self.first = self.first or time.perf_counter()
        found = self._looked_for.pop(number, None)
        if found is not None:
            found.set_result(time.perf_counter())
        if self._awaited is not None and len(self.numbers) >= self._awaited[0]:
            self._awaited[1].set()

    def begin(self) -> None:
        """A drain begins: its workers start."""
        self.first = None

    def seconds(self) -> float:
        """Since the first of this drain was taken."""
        assert self.first is not None
        return time.perf_counter() - self.first

    async def until(self, count: int) -> None:
        """Wait until so many were taken in all."""
        self._awaited = (count, asyncio.Event())
        if len(self.numbers) < count:
            async with asyncio.timeout(_LIMIT_SECONDS):
                await self._awaited[1].wait()

    def moment_of(self, number: int) -> "asyncio.Future[float]":
        """When it will be taken, by ``perf_counter``."""
        self._looked_for[number] = asyncio.get_running_loop().create_future()
        return self._looked_for[number]


@dataclass
class Queues:
    """The parties. No two jobs have the same number."""

    dsn: str
    database: Database
    settings: ServiceSettings
    app: procrastinate.App
    taken: Taken
    made: int = 0
    taken_away: list[int] = field(default_factory=list)

    def numbers(self, count: int) -> range:
        """New ones."""
        self.made += count
        return range(self.made - count, self.made)

    @asynccontextmanager
    async def queue(self, *, works: bool, workers: int = _WORKERS) -> AsyncIterator[Job[Nothing]]:
        """The kit's queue, with its workers if it ``works``; jobs can be scheduled meanwhile."""

        async def run(body: Nothing, _context: JobContext) -> None:
            self.taken.take(body.number)

        kind = job(Nothing, queue="nothing", max_workers=workers)(run)
        queue = JobQueue(self.settings, KIT, [kind], self.database)
        self.database.jobs = queue
        if works:
            await queue.start()
        try:
            yield kind
        finally:
            await queue.stop()

    async def enqueue(self, numbers: range) -> None:
        """Commit jobs while no worker is there."""
        async with self.queue(works=False) as kind:
            for begin in range(numbers.start, numbers.stop, _AT_ONCE):
                some = range(begin, min(numbers.stop, begin + _AT_ONCE))
                async with self.database.transaction() as unit:
                    await unit.schedule_all(kind, [Nothing(number=number) for number in some])

    async def drain(self, jobs: int, workers: int = _WORKERS) -> Sample:
        """From the first job taken until the last is done and its row gone."""
        await self.enqueue(self.numbers(jobs))
        wanted = len(self.taken.numbers) + jobs
        self.taken.begin()
        async with self.queue(works=True, workers=workers):
            await self.taken.until(wanted)
            await eventually(self._is_empty, seconds=_LIMIT_SECONDS, every=_LOOK_SECONDS)
            seconds = self.taken.seconds()
        return Sample(jobs, seconds)

    async def drain_the_head(self, jobs: int, depth: int) -> Sample:
        """From the first job taken until so many of all that wait were; the others are taken away."""
        numbers = self.numbers(depth)
        await self.enqueue(numbers[:1])
        # A connection of its own: those of the service limit each statement to a second or so.
        admin = await asyncpg.connect(self.dsn)
        await admin.execute(_FILL, numbers[1], numbers[-1])
        await admin.execute("ANALYZE evaluation.evaluation_jobs")
        wanted = len(self.taken.numbers) + jobs
        self.taken.begin()
        async with self.queue(works=True):
            await self.taken.until(wanted)
            seconds = self.taken.seconds()
        self.taken_away += [row[0] for row in await admin.fetch(_NUMBERS)]
        await admin.execute("TRUNCATE evaluation.evaluation_jobs")
        await admin.close()
        return Sample(jobs, seconds)

    async def _is_empty(self) -> bool:
        async with self.database.reading() as session:
            return not await session.scalar(_WAITS)

    async def drain_procrastinate(self, jobs: int) -> Sample:
        """The same; its worker ends when nothing is left."""
        task = self.app.tasks[_TASK]
        bodies: list[dict[str, Any]] = [{"number": number} for number in self.numbers(jobs)]
        await task.batch_defer_async(*bodies)
        self.taken.begin()
        async with asyncio.timeout(_LIMIT_SECONDS):
            await self.app.run_worker_async(**_WORKER, wait=False)
        return Sample(jobs, self.taken.seconds())

    async def pick_up(self, times: int) -> Sample:
        """One job at a time, from before its commit, while the workers idle."""
        async with self.queue(works=True) as kind:
            return await self._pick_up(times, partial(self._commit, kind))

    async def pick_up_procrastinate(self, times: int) -> Sample:
        """The same."""
        task = self.app.tasks[_TASK]
        worker = asyncio.create_task(self.app.run_worker_async(**_WORKER))
        try:
            return await self._pick_up(times, lambda number: task.defer_async(number=number))
        finally:
            worker.cancel()
            await asyncio.gather(worker, return_exceptions=True)

    async def pick_up_beside_a_backlog(self, times: int) -> Sample:
        """One job at a time, each of another account, while ten thousand of one account wait.

        What is left of these is taken away, for draining it is another measure and takes minutes on a busy machine.
        """
        backlog = self.numbers(_TENANT_BACKLOG)
        await self.enqueue(backlog)
        async with self.database.transaction() as unit:
            # An empty table that was vacuumed is planned as one of a row, with a loop over all for each.
            await unit.session.execute(text("ANALYZE evaluation.evaluation_jobs"))
            await unit.session.execute(_AS_ONE_ACCOUNT_DRAWS, {"spacing": ACCOUNT_SPACING})
        async with self.queue(works=True) as kind:
            sample = await self._pick_up(times, partial(self._commit, kind))
        async with self.database.transaction() as unit:
            left = (await unit.session.scalars(_TAKE_AWAY)).all()
        assert left, "the backlog was gone before the last single job came"
        self.taken_away += [Nothing.model_validate_json(bytes(payload)).number for payload in left]
        return sample

    async def _commit(self, kind: Job[Nothing], number: int) -> None:
        async with self.database.transaction() as unit:
            turn = await draw_turn(unit.session, unit.new_id(), unit.new_id(), unit.now)
            await unit.schedule(kind, Nothing(number=number), delay=delay_of_turn(turn, unit.now))

    async def _pick_up(self, times: int, commit: Callable[[int], Awaitable[object]]) -> Sample:
        latencies = []
        for number in self.numbers(times):
            moment = self.taken.moment_of(number)
            began = time.perf_counter()
            await commit(number)
            latencies.append((await asyncio.wait_for(moment, 30) - began) * 1e3)
        return Sample(times, sum(latencies) / 1e3, latencies)

    def drains(self, jobs: int) -> dict[str, Party]:
        """Both parties."""
        return {
            "procrastinate": partial(self.drain_procrastinate, jobs),
            "joust": partial(self.drain, jobs),
        }

    def check(self) -> str:
        """Each job was taken once, or found waiting."""
        met = sorted([*self.taken.numbers, *self.taken_away])
        assert met == list(range(self.made)), "lost, or taken twice"
        return (
            f"{len(self.taken.numbers)} jobs were taken once each, {len(self.taken_away)} waited to the end"
        )


async def measure(bench: Bench) -> RowResult:
    """Drains in turn, single jobs in turn, and the check that none was lost or taken twice."""
    result = RowResult("queue", "Row 5, queue: job committed -> a worker has it (work that does nothing)")
    async with _queues(bench) as queues:
        await interleave(queues.drains(200), 1)
        drained = await interleave(queues.drains(_JOBS), bench.rounds)
        picked = await interleave(
            {
                "procrastinate": partial(queues.pick_up_procrastinate, _SINGLE_JOBS),
                "joust": partial(queues.pick_up, _SINGLE_JOBS),
                "beside a backlog": partial(queues.pick_up_beside_a_backlog, _SINGLE_JOBS),
            },
            bench.rounds,
        )
        result.figures = [
            Figure(
                "joust / Procrastinate, jobs a second", ratio(drained, "joust", "procrastinate"), at_least=10
            ),
            Figure(
                "idle pick-up, joust / Procrastinate, p50", _p50(picked, "joust", "procrastinate"), at_most=2
            ),
            Figure(
                "pick-up beside a backlog of 10,000 / idle, p50",
                _p50(picked, "beside a backlog", "joust"),
                at_most=2,
            ),
        ]
        result.details["rates"] = {
            name: median(each.rate for each in rounds) for name, rounds in drained.items()
        }
        result.checked = queues.check()
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over the depth of the queue and over workers, against itself at the least of each."""
    async with _queues(bench) as queues:
        await interleave(queues.drains(200), 1)
        by_depth = await _grown(
            bench, {each: partial(queues.drain_the_head, _JOBS, each) for each in _DEPTHS}
        )
        by_workers = await _grown(
            bench, {each: partial(queues.drain, _JOBS, each) for each in _WORKER_COUNTS}
        )
        queues.check()
    return [
        Curve(
            "queue-depth",
            "Queue: by depth",
            "jobs in the queue",
            "ratio of rate",
            {"joust / itself at 1k": by_depth},
        ),
        Curve(
            "queue-workers",
            "Queue: by workers of one process",
            "workers",
            "ratio of rate",
            {"joust / itself with one": by_workers},
        ),
    ]


async def _grown(bench: Bench, parties: Mapping[int, Party]) -> list[Point]:
    """The rate at each step in units of the first."""
    first: list[Sample] = []
    points: list[Point] = []
    for step, party in parties.items():
        samples = (await interleave({"joust": party}, bench.rounds))["joust"]
        first = first or samples
        points.append(Point(step, compared(samples, first)))
    return points


def _p50(samples: Samples, of: str, to: str) -> Ratio:
    return ratio(samples, of, to, lambda sample: sample.p50_ms)


@asynccontextmanager
async def _queues(bench: Bench) -> AsyncIterator[Queues]:
    dsn = await new_database(bench.stack, _DATABASE, schema="evaluation")
    settings = settings_of(dsn, bench.stack)
    engine = open_engine(settings, application_name="bench")
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    taken = Taken()
    # A connection for each worker, as the kit has it; the default is four.
    connector = procrastinate.PsycopgConnector(conninfo=dsn, min_size=_WORKERS + 2, max_size=_WORKERS + 2)
    app = procrastinate.App(connector=connector)

    @app.task(name=_TASK)
    async def do_nothing(number: int) -> None:
        taken.take(number)

    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    try:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            yield Queues(dsn, Database(engine, KIT), settings, app, taken)
    finally:
        await engine.dispose()
