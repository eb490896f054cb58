"""Rank correlation and spread. No I/O, no clock."""

from collections.abc import Sequence
from itertools import combinations
from math import sqrt
from statistics import mean, pstdev


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1, the lowest; equal values share the mean of their ranks."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2
        for value in values
    ]


def spearman(ones: Sequence[float], others: Sequence[float]) -> float | None:
    """Spearman's rho: the correlation of the ranks, from -1 to 1; ``None`` if all values of one are equal.

    Raises ``ValueError`` if the lengths differ.
    """
    pairs = list(zip(ranks(ones), ranks(others), strict=True))
    middle = (len(pairs) + 1) / 2
    covariance = sum((one - middle) * (other - middle) for one, other in pairs)
    spread = sqrt(
        sum((one - middle) ** 2 for one, _ in pairs) * sum((other - middle) ** 2 for _, other in pairs)
    )
    return None if spread == 0 else round(covariance / spread, 4)


def kendall(ones: Sequence[float], others: Sequence[float]) -> float | None:
    """Kendall's tau-b, which corrects for equal values; ``None`` if all values of one are equal.

    Raises ``ValueError`` if the lengths differ.
    """
    pairs = list(combinations(zip(ones, others, strict=True), 2))
    signs = [(_sign(one[0] - other[0]), _sign(one[1] - other[1])) for one, other in pairs]
    agreeing = sum(first * second for first, second in signs)
    spread = sqrt(sum(first != 0 for first, _ in signs) * sum(second != 0 for _, second in signs))
    return None if spread == 0 else round(agreeing / spread, 4)


def run_to_run(runs: Sequence[Sequence[float]]) -> float:
    """Mean over the submissions of the standard deviation of their scores over the runs, in points."""
    return round(float(mean(pstdev(scores) for scores in zip(*runs, strict=True))), 2)


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
