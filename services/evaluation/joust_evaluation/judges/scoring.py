"""From scores by criterion to one score. Pure."""

from collections.abc import Sequence

from joust_contracts.base import round_score


def weighted_mean(scores: Sequence[float], weights: Sequence[float]) -> float:
    """Mean of ``scores`` by ``weights`` with two decimals; plain mean if no weight is positive."""
    total = sum(weights)
    if total <= 0:
        return round_score(sum(scores) / len(scores)) if scores else 0.0
    mean = sum(score * weight for score, weight in zip(scores, weights, strict=True)) / total
    # The mean of numbers up to 100 may exceed 100 in the last binary digit.
    return round_score(min(100.0, max(0.0, mean)))
