"""Row 3: outbox rows committed to Kafka's acknowledgement, by the relay that every service runs.

It runs here in the process of the bench, beside its floors: a raw producer of the same bytes, and
faststream-outbox that drains as many rows and does nothing with them.
"""

from statistics import median

from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.floors import floor
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Party, Ratio, Sample, compared, interleave, ratio
from tests.performance.yard import Yard, open_yard

_SINGLE_EVENTS = 100


async def measure(bench: Bench) -> RowResult:
    """Drains in turn, single events in turn, statements, and the check of the topic."""
    result = RowResult("relay", "Row 3, relay: outbox rows committed -> acknowledged by Kafka")
    async with open_yard(bench.stack) as yard:
        await interleave(_drains(yard, 500), 1)
        drained = await interleave(_drains(yard, bench.backlog), bench.rounds)
        result.figures = [
            Figure(
                "relay / faststream-outbox no-op drain, rows a second",
                ratio(drained, "relay", "faststream"),
                at_least=0.7,
            ),
            Figure("relay / raw produce of the same bytes", ratio(drained, "relay", "produce")),
        ]
        result.figures += await _single_events(bench, yard)
        statements = await yard.count_statements(bench.database, bench.backlog)
        result.counters = [
            Counter("SQL statements per 1,000 rows drained", statements / bench.backlog * 1000),
        ]
        result.details["rows_in_a_drain"] = bench.backlog
        result.checked = await yard.check()
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over the backlog."""
    points: list[Point] = []
    growth: list[Point] = []
    async with open_yard(bench.stack) as yard:
        await interleave(_drains(yard, 500), 1)
        first: list[Sample] = []
        for count in (1_000, 3_000, 10_000):
            samples = await interleave(_drains(yard, count), bench.rounds)
            first = first or samples["relay"]
            points.append(Point(count, ratio(samples, "relay", "faststream")))
            growth.append(Point(count, compared(samples["relay"], first)))
        await yard.check()
    series = {"relay / faststream-outbox": points, "relay / itself at 1k": growth}
    return [Curve("relay-backlog", "Relay: by backlog", "rows in the outbox", "ratio of rate", series)]


def _drains(yard: Yard, rows: int) -> dict[str, Party]:
    return {
        "produce": lambda: yard.produce(rows),
        "faststream": lambda: yard.drain_faststream(rows),
        "relay": lambda: yard.drain_relay(rows),
    }


async def _single_events(bench: Bench, yard: Yard) -> list[Figure]:
    """Commit to consumer, one event at a time, in units of one commit and one hop of the same round."""
    p50: list[float] = []
    p99: list[float] = []
    async with floor(bench.stack) as bare:
        await yard.commit_to_consumer(5)
        for _ in range(bench.rounds):
            commit = median(await bare.commit_seconds(_SINGLE_EVENTS))
            hop = median(await bare.hop_seconds(_SINGLE_EVENTS))
            sample = await yard.commit_to_consumer(_SINGLE_EVENTS)
            least_ms = (commit + hop) * 1e3
            p50.append(sample.p50_ms / least_ms)
            p99.append(sample.p99_ms / least_ms)
    return [
        Figure("commit to consumer, p50 / (one commit + one Kafka hop)", Ratio(tuple(p50)), at_most=2),
        Figure("commit to consumer, p99 / (one commit + one Kafka hop)", Ratio(tuple(p99)), at_most=4),
    ]
