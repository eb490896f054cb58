"""How long a wait may take. No I/O, no clock."""


def expected_wait_seconds(
    *, ahead: int, workers: int, mean_seconds: float | None, elapsed_seconds: float
) -> float | None:
    """Seconds until a result, if all evaluations take as long as the newest did; ``None`` if none is known.

    ``elapsed_seconds``: how long this one is being judged already. ``workers`` are those of one process; with
    more processes it is over earlier.
    """
    if mean_seconds is None:
        return None
    rounds = ahead // workers + 1
    return round(max(0.0, rounds * mean_seconds - elapsed_seconds), 1)
