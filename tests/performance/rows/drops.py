"""Row 14: how long a drop takes to open once it is confirmed, and to be paid once it is closed; board and feed.

The floor is the sum of the bare steps on the way, as for the chain of a submission. The judge is the offline one on
texts of a line, which takes less than a millisecond.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from joust_embedded.bounty.client import Party as Account
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.floors import Floor, floor
from tests.performance.loadclient import closed_loop, get, open_client
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, Samples, compared, interleave
from tests.support.arena import Arena, eventually
from tests.support.dropping import opened, run, submit

_DROPS = 10
"""In each turn."""
_PRICE_CENTS = 100
_OPENING = (3, 3)
"""Kafka hops and commits: drop made, funds held, drop opened; task → wallet → task → gateway."""
_PAYING = (4, 7)
"""Closed, sealed, ranking queued, job leased, ranked, verified, paid; task → submission → evaluation → task → wallet."""
_SIZES = (1_000, 10_000, 100_000, 1_000_000)
_OPEN_ONE_IN = 10
_BATCH = 50_000
_FILL_SECONDS = 900
_CLIENTS = 2
_READS = {"board": "/api/board", "feed": "/api/feed"}


class _Dropper:
    """Posts drops and does them, one after another."""

    def __init__(self, bench: Bench, sender: Account, worker: Account) -> None:
        self._bench = bench
        self._sender = sender
        self._worker = worker
        self.paid = 0

    async def open(self) -> float:
        """Milliseconds from a confirmation until the drop is open. It is cancelled then."""
        began = time.perf_counter()
        drop = await run(self._sender, price_cents=_PRICE_CENTS)
        taken = (time.perf_counter() - began) * 1e3
        assert drop["status"] == "open", drop
        await self._sender.post(f"/api/jobs/{drop['id']}/cancel")
        return taken

    async def pay(self) -> float:
        """Milliseconds from the moment that the sender closes a drop until its bounty is paid."""
        path = f"/api/jobs/{(await opened(self._sender, await run(self._sender, price_cents=_PRICE_CENTS)))['id']}"
        id = path.rpartition("/")[2]
        await submit(self._worker, id, "blue")

        async def is_heard_of() -> bool:
            return bool((await self._sender.get(path))["submissions_count"])

        await eventually(is_heard_of, every=0.01)
        began = time.perf_counter()
        closing = asyncio.create_task(self._sender.post(f"{path}/cancel"))
        while not await self._is_paid(UUID(id)):
            await asyncio.sleep(0.001)
        taken = (time.perf_counter() - began) * 1e3
        await closing
        self.paid += 1
        return taken

    async def check(self) -> str:
        """Each drop that was paid was paid once, and nothing is held."""

        async def nothing_is_held() -> bool:
            return bool((await self._sender.balance())["held_cents"] == 0)

        await eventually(nothing_is_held)
        earned = (await self._worker.balance())["available_cents"]
        assert earned == self.paid * _PRICE_CENTS, f"{earned} for {self.paid} drops"
        return f"{self.paid} drops were paid once each, and nothing is held"

    async def _is_paid(self, drop_id: UUID) -> bool:
        query = "SELECT EXISTS (SELECT FROM wallet.escrows WHERE id = $1 AND status = 'paid')"
        is_paid: bool = await self._bench.database.fetchval(query, drop_id)
        return is_paid


async def measure(bench: Bench) -> RowResult:
    """Both ways in turn with the bare steps, and the check of the money."""
    result = RowResult("drops", "Row 14, drops: confirmed -> open, and closed -> paid")
    arena = Arena(bench.stack)
    try:
        sender, worker = await arena.sign_up("Sender", cents=100_000_000), await arena.sign_up("Worker")
        dropper = _Dropper(bench, sender, worker)
        async with floor(bench.stack) as bare:
            parties = _parties(bare, dropper)
            await parties["open"]()
            await parties["pay"]()
            samples = await interleave(parties, bench.rounds)
        result.figures = _figures("confirmed -> open", samples, "open", _OPENING)
        result.figures += _figures("closed -> paid", samples, "pay", _PAYING)
        result.counters = [
            Counter("Kafka hops from confirmed to open", _OPENING[0]),
            Counter("Kafka hops from closed to paid", _PAYING[0]),
        ]
        result.checked = await dropper.check()
    finally:
        await arena.close()
    return result


async def curves(bench: Bench) -> list[Curve]:
    """The first pages of board and feed over stored drops, of which one in ten is open."""
    arena = Arena(bench.stack)
    measured: list[tuple[int, Samples]] = []
    try:
        await _make_one(bench, arena)
        for count in _SIZES:
            await _fill(bench, count)
            measured.append((count, await _read(bench)))
    finally:
        await arena.close()
    fewest = measured[0][1]
    lines = {
        name: [Point(count, compared(fewest[name], samples[name])) for count, samples in measured]
        for name in _READS
    }
    return [Curve("drops-stored", "Board and feed: by stored drops", "drops", "time / at 1k", lines)]


def _parties(bare: Floor, dropper: _Dropper) -> dict[str, Party]:
    async def commits() -> Sample:
        return _sample([seconds * 1e3 for seconds in await bare.commit_seconds(_DROPS)])

    async def hops() -> Sample:
        return _sample([seconds * 1e3 for seconds in await bare.hop_seconds(_DROPS)])

    def taking(way: Callable[[], Awaitable[float]]) -> Party:
        async def take() -> Sample:
            return _sample([await way() for _ in range(_DROPS)])

        return take

    return {"commits": commits, "hops": hops, "open": taking(dropper.open), "pay": taking(dropper.pay)}


def _figures(way: str, samples: Samples, of: str, steps: tuple[int, int]) -> list[Figure]:
    hops, commits = steps
    rounds = zip(samples[of], samples["hops"], samples["commits"], strict=True)
    name = f"{way}, p50 / ({hops} Kafka hops + {commits} commits)"
    ratios = tuple(one.p50_ms / (hops * hop.p50_ms + commits * commit.p50_ms) for one, hop, commit in rounds)
    return [Figure(name, Ratio(ratios), at_most=1.5)]


def _sample(latencies_ms: list[float]) -> Sample:
    return Sample(len(latencies_ms), sum(latencies_ms) / 1e3, latencies_ms)


async def _make_one(bench: Bench, arena: Arena) -> None:
    """A drop that is over and on the feed, of which all others are copies."""
    sender, worker = await arena.sign_up("Sender", cents=100_000), await arena.sign_up("Worker")
    await _Dropper(bench, sender, worker).pay()

    async def is_on_the_feed() -> bool:
        return bool(await bench.database.fetchval("SELECT count(*) FROM ranking.completed_drops"))

    await eventually(is_on_the_feed)


async def _fill(bench: Bench, count: int) -> None:
    """Copies up to ``count`` in both tables, the newest last."""
    for table, moment in (("task.drops", "opened_at"), ("ranking.completed_drops", "updated_at")):
        rows = await bench.database.fetch(
            "SELECT column_name FROM information_schema.columns WHERE table_schema || '.' || table_name = $1"
            " AND column_name <> 'id' ORDER BY ordinal_position",
            table,
        )
        columns = [str(row["column_name"]) for row in rows]
        values = [_values(moment).get(name, f"one.{name}") for name in columns]
        is_over = "status = 'verified'" if table == "task.drops" else "true"
        make = (
            f"INSERT INTO {table} (id, {', '.join(columns)}) SELECT gen_random_uuid(), {', '.join(values)} "
            f"FROM (SELECT * FROM {table} WHERE {is_over} ORDER BY id LIMIT 1) AS one, "
            "generate_series($1::int + 1, $2::int) AS number"
        )
        stored = await bench.database.fetchval(f"SELECT count(*) FROM {table}")
        for start in range(stored, count, _BATCH):
            await bench.database.execute(make, start, min(count, start + _BATCH), timeout=_FILL_SECONDS)
        await bench.database.execute(f"VACUUM ANALYZE {table}", timeout=_FILL_SECONDS)


def _values(moment: str) -> dict[str, str]:
    """What copies have of their own, by column."""
    is_open = f"number % {_OPEN_ONE_IN} = 0"
    return {
        moment: "now() - interval '1 year' + number * interval '10 ms'",
        "status": f"CASE WHEN {is_open} THEN 'open' ELSE one.status END",
        "result": f"CASE WHEN {is_open} THEN NULL ELSE one.result END",
        "closes_at": "now() + interval '1 year'",
    }


async def _read(bench: Bench) -> Samples:
    async with open_client({"Authorization": bench.authorization}) as session:

        def reading(path: str) -> Party:
            return lambda: closed_loop(get(session, f"{bench.gateway}{path}"), _CLIENTS, bench.seconds)

        parties = {name: reading(path) for name, path in _READS.items()}
        await interleave(parties, 1)
        return await interleave(parties, bench.rounds)
