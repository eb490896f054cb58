"""Parties measured in turn, and what may be said of them: ratios of the same round, with their spread."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median, quantiles
from typing import Any

RESOLVED_SPREAD = 2.0
"""A ratio whose highest is more than so many times its lowest says nothing."""


@dataclass(frozen=True)
class Sample:
    """What one party did in one round."""

    operations: int
    seconds: float
    latencies_ms: Sequence[float] = ()
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Operations a second."""
        return self.operations / self.seconds

    @property
    def p50_ms(self) -> float:
        """Median latency."""
        return median(self.latencies_ms)

    @property
    def p99_ms(self) -> float:
        """The latency that one in a hundred exceeds."""
        return quantiles(self.latencies_ms, n=100, method="inclusive")[98]

    @property
    def cpu_per_thousand(self) -> float:
        """CPU-seconds of the party's processes for 1,000 operations."""
        return self.cpu_seconds / self.operations * 1000

    def with_cpu(self, seconds: float) -> "Sample":
        """The same with the CPU time of the processes that did it."""
        return replace(self, cpu_seconds=seconds)


@dataclass(frozen=True)
class Ratio:
    """One value for each round."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure."""
        return median(self.values)

    @property
    def lowest(self) -> float:
        """Of all rounds."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """Of all rounds."""
        return max(self.values)

    @property
    def is_resolved(self) -> bool:
        """False if the rounds differ too much to say anything."""
        return self.highest <= RESOLVED_SPREAD * self.lowest

    def as_json(self) -> dict[str, Any]:
        """For the results file."""
        return {
            "median": self.median,
            "min": self.lowest,
            "max": self.highest,
            "resolved": self.is_resolved,
            "rounds": self.values,
        }

    def __str__(self) -> str:
        text = f"{self.median:.2f} [{self.lowest:.2f} {self.highest:.2f}]"
        return text if self.is_resolved else f"{text} not resolved"


Party = Callable[[], Awaitable[Sample]]
Samples = dict[str, list[Sample]]


async def interleave(parties: Mapping[str, Party], rounds: int) -> Samples:
    """A B C, A B C, …: what disturbs the machine for a while disturbs all parties alike."""
    samples: Samples = {name: [] for name in parties}
    for _ in range(rounds):
        for name, party in parties.items():
            samples[name].append(await party())
    return samples


def _rate(sample: Sample) -> float:
    return sample.rate


def ratio(samples: Samples, of: str, to: str, value: Callable[[Sample], float] = _rate) -> Ratio:
    """``of`` in units of ``to``, round by round."""
    return compared(samples[of], samples[to], value)


def compared(
    ones: Sequence[Sample], others: Sequence[Sample], value: Callable[[Sample], float] = _rate
) -> Ratio:
    """``ones`` in units of ``others``, round by round."""
    return Ratio(tuple(value(one) / value(other) for one, other in zip(ones, others, strict=True)))
