"""When a result is overdue, and what is said at the end. No I/O, no clock."""

from datetime import timedelta
from uuid import UUID

GIVEN_UP = (
    "The evaluation did not come to an end in time, which is the platform's fault and not your submission's. "
    "Ask for a re-evaluation: POST /api/v1/submissions/{submission_id}/request_re_eval."
)


def pause_before_look(times_unanswered: int, first: timedelta, longest: timedelta) -> timedelta:
    """How long to wait for a result until the next look: doubled with each reminder in a row to
    which nobody answered, up to ``longest``."""
    # 2**20 first pauses are longer than any longest one; more would overflow.
    doublings: int = min(times_unanswered, 20)
    return min(longest, first * (1 << doublings))


def timer_of(submission_id: UUID, iteration: int, times_told_again: int) -> str:
    """Name of the timer that looks after an iteration; each look has its own."""
    return f"{submission_id}:{iteration}:{times_told_again}"
