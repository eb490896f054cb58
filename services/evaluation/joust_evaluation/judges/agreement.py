"""How far several votes agree, and what they come to together. Pure."""

from collections.abc import Sequence
from itertools import combinations
from statistics import median


def krippendorff_alpha(units: Sequence[Sequence[float]]) -> float | None:
    """Krippendorff's alpha for interval data: 1 for full agreement, 0 for what chance alone would bring.

    A unit holds the values that it was given; one with a single value says nothing about agreement. ``None``
    where alpha is not defined: fewer than two units, or no value that differs from another.
    Source: K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), with the interval
    metric.
    """
    paired = [unit for unit in units if len(unit) > 1]
    values = [value for unit in paired for value in unit]
    if len(paired) < 2:
        return None
    expected = _disagreement(values) / (len(values) - 1)
    if expected == 0:
        return None
    observed = sum(_disagreement(unit) / (len(unit) - 1) for unit in paired)
    return round(1 - observed / expected, 4)


def middle(values: Sequence[float]) -> float:
    """The median; of an even number the mean of the two in the middle. Raises ``ValueError`` for nothing."""
    if not values:
        raise ValueError("nothing has no median")
    return float(median(values))


def spread(values: Sequence[float]) -> float:
    """Highest less lowest; 0 for nothing."""
    return max(values) - min(values) if values else 0.0


def nearest(values: Sequence[float], wanted: float) -> int:
    """Index of the value nearest to ``wanted``, the first of several."""
    return min(range(len(values)), key=lambda index: abs(values[index] - wanted))


def is_majority(answered: int, asked: int) -> bool:
    """True if more than half answered."""
    return 2 * answered > asked


def _disagreement(values: Sequence[float]) -> float:
    """Sum of the squared differences of all ordered pairs."""
    return 2 * sum((one - other) ** 2 for one, other in combinations(values, 2))
