"""From the answer to ``quick-submit`` to ``evaluated: true`` on the stream, against its bare steps."""

import time
from dataclasses import asdict, dataclass, field
from statistics import median, quantiles
from typing import Any

from rich.console import Console

from joust_embedded.bounty.client import Party
from joust_embedded.bounty.works import DECENT
from joust_embedded.stack import Stack
from tests.performance.floors import Floor, floor
from tests.performance.steps import Moments, steps_of
from tests.support.arena import Arena

KAFKA_HOPS = 3
"""submission → evaluation, evaluation → submission, submission → gateway."""
COMMITS = 5
"""Job created, job leased, evaluation started, result written, submission completed. The commit of the
submission itself is before the answer; deleting what was relayed and the job that is done holds up nobody."""


@dataclass
class Round:
    """One round: the floor, then Joust."""

    commit_ms: float
    hop_ms: float
    p50_ms: float
    p99_ms: float

    @property
    def floor_ms(self) -> float:
        """Sum of the bare steps."""
        return KAFKA_HOPS * self.hop_ms + COMMITS * self.commit_ms

    @property
    def ratio(self) -> float:
        """How many times the floor the chain takes at the median."""
        return self.p50_ms / self.floor_ms


@dataclass
class Measured:
    """All rounds, and every single latency in milliseconds."""

    rounds: list[Round] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    moments: dict[str, Moments] = field(default_factory=dict)
    """By submission."""
    steps_ms: dict[str, float] = field(default_factory=dict)
    """Median of each part of the way."""

    def as_json(self) -> dict[str, Any]:
        """For the results file."""
        ratios = [each.ratio for each in self.rounds]
        return {
            "kafka_hops": KAFKA_HOPS,
            "commits": COMMITS,
            "p50_ms": median(self.latencies_ms),
            "p99_ms": percentile(self.latencies_ms, 99),
            "ratio_p50": {"median": median(ratios), "min": min(ratios), "max": max(ratios)},
            "steps_ms": self.steps_ms,
            "rounds": [
                {**asdict(each), "floor_ms": each.floor_ms, "ratio": each.ratio} for each in self.rounds
            ],
        }


def percentile(values: list[float], percent: int) -> float:
    """The value below which ``percent`` of 100 lie."""
    return quantiles(values, n=100, method="inclusive")[percent - 1]


async def measure(stack: Stack, rounds: int, submissions: int, console: Console) -> Measured:
    """Floor and Joust in turn; ends with the check that every submission has its score."""
    measured = Measured()
    arena = Arena(stack)
    try:
        async with floor(stack) as bare:
            await _latencies(arena, 5, {})
            for number in range(1, rounds + 1):
                await _round(arena, bare, submissions, measured)
                console.print(
                    f"round {number} of {rounds}: {measured.rounds[-1].p50_ms:.1f} ms at the median"
                )
        measured.steps_ms = await steps_of(stack, measured.moments)
    finally:
        await arena.close()
    return measured


async def _round(arena: Arena, bare: Floor, submissions: int, measured: Measured) -> None:
    commit = median(await bare.commit_seconds(submissions)) * 1e3
    hop = median(await bare.hop_seconds(submissions)) * 1e3
    latencies = [seconds * 1e3 for seconds in await _latencies(arena, submissions, measured.moments)]
    measured.rounds.append(Round(commit, hop, median(latencies), percentile(latencies, 99)))
    measured.latencies_ms += latencies


async def _latencies(arena: Arena, submissions: int, moments: dict[str, Moments]) -> list[float]:
    poster = await arena.sign_up("Poster")
    task = await arena.open_task(poster, max_submissions_per_agent=25)
    taken: list[float] = []
    while len(taken) < submissions:
        agent = await arena.sign_up("Agent")
        for _ in range(min(25, submissions - len(taken))):
            taken.append(await _one(agent, task["id"], moments))
    return taken


async def _one(agent: Party, task_id: str, moments: dict[str, Moments]) -> float:
    submitted = await agent.quick_submit(task_id, DECENT)
    answered = time.time()
    async for event in agent.watch(submitted["id"]):
        if event.data.get("evaluated"):
            told = time.time()
            moments[submitted["id"]] = Moments(answered, told)
            assert event.data["scores"]["final_score"] > 0
            return told - answered
    raise AssertionError(f"the stream of {submitted['id']} ended without a score")


def show(measured: Measured, console: Console) -> None:
    """Print the figure as a ratio, with what it is made of."""
    result = measured.as_json()
    first = measured.rounds[0]
    ratio = result["ratio_p50"]
    console.print(
        f"\nquick-submit answered to evaluated on the stream: p50 {result['p50_ms']:.1f} ms, "
        f"p99 {result['p99_ms']:.1f} ms\n"
        f"floor in the same run: {KAFKA_HOPS} Kafka hops + {COMMITS} commits "
        f"(first round: {first.hop_ms:.1f} ms and {first.commit_ms:.1f} ms each)\n"
        f"p50 / floor: {ratio['median']:.2f} [{ratio['min']:.2f} {ratio['max']:.2f}]"
    )
    for step, milliseconds in measured.steps_ms.items():
        console.print(f"  {step:<54}{milliseconds:6.1f} ms")
    if ratio["max"] / ratio["min"] > 2:
        console.print("the ratio is not resolved: its highest is more than twice its lowest; run again")
