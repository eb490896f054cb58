"""Row 4: from the answer to a submission to its score, against the sum of the bare steps on the way.

With a null judge the way ends with the rank on the stream and on the page of the board. With the offline judge it
ends with ``evaluated: true`` on the submission's stream, and holds the sandbox and the judge.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median

from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT
from tests.performance import null_judge
from tests.performance.bench import Bench
from tests.performance.charts import Curve, Point
from tests.performance.floors import Floor, floor
from tests.performance.null_judge import NullJudge, null_judging
from tests.performance.results import Counter, Figure, RowResult
from tests.performance.rounds import Ratio, Sample, Samples, interleave
from tests.performance.steps import Moments, steps_of
from tests.support.arena import Arena

_SUBMISSIONS = 20
"""In each turn."""
_IN_FLIGHT = (1, 4, 16)
_TURNS = 5
_PLACES = 25
_OFFLINE_HOPS = 3
"""submission → evaluation, evaluation → submission, submission → gateway."""
_OFFLINE_COMMITS = 5
"""Job created, job leased, evaluation started, result written, submission completed. The commit of the
submission itself is before the answer; deleting what was relayed and the job that is done holds up nobody."""


async def measure(bench: Bench) -> RowResult:
    """Floor, null judge and offline judge in turn; ends with the check that every submission has its score."""
    result = RowResult(
        "chain", "Row 4, chain: submission answered -> scored -> rank on the page and the stream"
    )
    arena = Arena(bench.stack)
    offline = _Offline(arena)
    try:
        async with floor(bench.stack) as bare, null_judging(arena) as judge:
            parties = _parties(bare, judge, offline)
            await parties["null"]()
            await parties["offline"]()
            samples = await interleave(parties, bench.rounds)
        result.figures += _figures(samples)
        result.counters += [
            Counter("Kafka hops with a null judge", null_judge.KAFKA_HOPS, at_most=4),
            Counter("commits with a null judge", null_judge.COMMITS, at_most=5),
            *(Counter(f"null judge, ms: {name}", ms) for name, ms in judge.steps.medians().items()),
        ]
        steps = await steps_of(bench.stack, offline.moments)
        result.counters += [Counter(f"offline judge, ms: {name}", ms) for name, ms in steps.items()]
        scored = len(judge.steps.ranked) + len(offline.moments)
        result.checked = f"all {scored} submissions were scored and told"
    finally:
        await arena.close()
    return result


async def curves(bench: Bench) -> list[Curve]:
    """Over submissions on the way at the same time, each of its own task, in units of one alone."""
    points: list[Point] = []
    alone: list[float] = []
    for count in _IN_FLIGHT:
        taken = await _in_flight(bench, count)
        alone = alone or taken
        points.append(Point(count, Ratio(tuple(ms / one for ms, one in zip(taken, alone, strict=True)))))
    return [
        Curve(
            "chain-in-flight",
            "Chain with a null judge, by submissions in flight",
            "submissions in flight",
            "median time / of one alone",
            {"rank on the page and the stream": points},
        )
    ]


async def _in_flight(bench: Bench, count: int) -> list[float]:
    """Median milliseconds of each turn."""
    arena = Arena(bench.stack)
    try:
        async with AsyncExitStack() as opened:
            judges = [await opened.enter_async_context(null_judging(arena)) for _ in range(count)]
            turns = [await asyncio.gather(*(judge.hand_in() for judge in judges)) for _ in range(1 + _TURNS)]
            return [median(turn) for turn in turns[1:]]
    finally:
        await arena.close()


class _Offline:
    """Submissions to tasks that the offline judge judges."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._agent: Party | None = None
        self._task_id = ""
        self._left = 0
        self.moments: dict[str, Moments] = {}
        """By submission."""

    async def hand_in(self) -> float:
        """Milliseconds from the answer to a submission until its stream has its score."""
        if self._left == 0:
            poster = await self._arena.sign_up("Poster")
            self._agent = await self._arena.sign_up("Agent")
            task = await self._arena.open_task(poster, max_submissions_per_agent=_PLACES)
            self._task_id, self._left = task["id"], _PLACES
        assert self._agent is not None
        self._left -= 1
        submitted = await self._agent.quick_submit(self._task_id, DECENT)
        answered = time.time()
        async for event in self._agent.watch(submitted["id"]):
            if event.data.get("evaluated"):
                told = time.time()
                assert event.data["scores"]["final_score"] > 0
                self.moments[submitted["id"]] = Moments(answered, told)
                return (told - answered) * 1e3
        raise AssertionError(f"the stream of {submitted['id']} ended without a score")


def _parties(bare: Floor, judge: NullJudge, offline: _Offline) -> dict[str, Callable[[], Awaitable[Sample]]]:
    async def commits() -> Sample:
        return _sample([seconds * 1e3 for seconds in await bare.commit_seconds(_SUBMISSIONS)])

    async def hops() -> Sample:
        return _sample([seconds * 1e3 for seconds in await bare.hop_seconds(_SUBMISSIONS)])

    async def null() -> Sample:
        return _sample([await judge.hand_in() for _ in range(_SUBMISSIONS)])

    async def by_offline_judge() -> Sample:
        return _sample([await offline.hand_in() for _ in range(_SUBMISSIONS)])

    return {"commits": commits, "hops": hops, "null": null, "offline": by_offline_judge}


def _figures(samples: Samples) -> list[Figure]:
    null = _floor(samples, null_judge.KAFKA_HOPS, null_judge.COMMITS)
    offline = _floor(samples, _OFFLINE_HOPS, _OFFLINE_COMMITS)
    of_null = f"({null_judge.KAFKA_HOPS} Kafka hops + {null_judge.COMMITS} commits)"
    of_offline = f"({_OFFLINE_HOPS} Kafka hops + {_OFFLINE_COMMITS} commits)"
    p50, p99 = (lambda sample: sample.p50_ms), (lambda sample: sample.p99_ms)
    return [
        Figure(f"null judge, p50 / {of_null}", _over(samples["null"], null, p50), at_most=1.5),
        Figure(f"null judge, p99 / {of_null}", _over(samples["null"], null, p99), at_most=3),
        Figure(f"offline judge, p50 / {of_offline}", _over(samples["offline"], offline, p50)),
        Figure(f"offline judge, p99 / {of_offline}", _over(samples["offline"], offline, p99)),
    ]


def _floor(samples: Samples, hops: int, commits: int) -> list[float]:
    """Milliseconds of the bare steps, by round."""
    rounds = zip(samples["hops"], samples["commits"], strict=True)
    return [hops * hop.p50_ms + commits * commit.p50_ms for hop, commit in rounds]


def _over(taken: list[Sample], bare_ms: list[float], value: Callable[[Sample], float]) -> Ratio:
    return Ratio(tuple(value(sample) / ms for sample, ms in zip(taken, bare_ms, strict=True)))


def _sample(latencies_ms: list[float]) -> Sample:
    assert median(latencies_ms) > 0
    return Sample(len(latencies_ms), sum(latencies_ms) / 1e3, latencies_ms)
