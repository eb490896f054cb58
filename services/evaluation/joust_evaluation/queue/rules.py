"""Whose turn it is, and how long a wait may take. No I/O, no clock."""

from datetime import datetime, timedelta

ACCOUNT_SPACING = timedelta(seconds=10)
"""What an account hands in at once has its turns this far apart; whoever comes meanwhile goes in between."""
TASK_SPACING = timedelta(seconds=0.5)
"""So far apart are the turns of a task's agents, each with nothing else in the queue."""
LONGEST_HANDICAP = timedelta(days=1)
"""No turn lies further ahead; an account with more in the queue gets no further behind."""


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


def delay_of_turn(turn_at: datetime, now: datetime) -> timedelta:
    """How long the job of an evaluation waits for that turn: a negative time.

    Workers take the job that has been due for longest, and every job is due at once, so that an idle worker
    never waits. So turns are set back by as much as the longest handicap.
    """
    return turn_at - now - LONGEST_HANDICAP
