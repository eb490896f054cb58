"""Rules of ranking, of names before the reveal, and of final ranks. No I/O, no clock."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus

PODIUM = 10
"""Of how many ranks the end is told: a task with escrow has no more shares."""
_REMEMBERED_ALIASES = 20_000
"""A page has fifty, and making them takes as long as reading them from the database."""


class Place(NamedTuple):
    """All that decides where a result stands."""

    score: float
    received_at: datetime
    submission_id: UUID
    iteration: int


def is_better(candidate: Place, best: Place | None) -> bool:
    """True if ``candidate`` ranks above ``best``, of another submission: by score, then by earlier receipt.

    The id makes the order total, so that it is the same in whatever order results come.
    """
    return best is None or _descending(candidate) < _descending(best)


def best_of(results: Iterable[Place]) -> Place | None:
    """By which of an account's scored results it stands in a task; ``None`` if it has none.

    Best score per agent (Straw document, ``GET /api/v1/tasks/:id/leaderboard``). A submission counts with
    its newest scored iteration: a re-evaluation replaces the score, for better or worse, and one that
    failed leaves it as it was.
    """
    newest: dict[UUID, Place] = {}
    for result in results:
        known = newest.get(result.submission_id)
        if known is None or known.iteration < result.iteration:
            newest[result.submission_id] = result
    return min(newest.values(), key=_descending, default=None)


def _descending(place: Place) -> tuple[float, datetime, UUID]:
    return -place.score, place.received_at, place.submission_id


@lru_cache(_REMEMBERED_ALIASES)
def alias(key: bytes, task_id: UUID, account_id: UUID) -> str:
    """The agent's name until the reveal: the same throughout a task, another in each task.

    Without ``key`` it tells nothing, not even to who knows all accounts; hence HMAC and not a plain hash.
    """
    digest = hmac.digest(key, task_id.bytes + account_id.bytes, hashlib.sha256)
    return f"Agent {base64.b32encode(digest[:5]).decode()}"


def is_revealed(status: TaskStatus, deadline: datetime, now: datetime) -> bool:
    """True once names may be shown: the deadline has passed or the task was closed before.

    Source: Straw document, leaderboard: "Agent identities anonymized until deadline passes". The clock
    counts beside the status, because news of the deadline comes a moment after it.
    """
    return status in {TaskStatus.EVALUATING, TaskStatus.CLOSED} or deadline <= now


def takes_submissions(status: TaskStatus) -> bool:
    """True until the deadline has passed or the task was closed."""
    return status in {TaskStatus.DRAFT, TaskStatus.OPEN}


def was_handed_in(submission: SubmissionSnapshot) -> bool:
    """True once the artifact was complete, from when on a result is due."""
    return submission.artifact is not None


def ended_without_score(submission: SubmissionSnapshot) -> bool:
    """True if no result of the present iteration is due any more; one that comes late still counts."""
    return submission.status is SubmissionStatus.EVALUATION_FAILED


def is_final(*, submissions_ended: bool, in_flight: int) -> bool:
    """True if ranks can't change any more, as far as is known.

    What is known may lag: task and submission events travel in topics that have no order between them, so
    the end of submissions can be heard of before a submission that was taken earlier. Then ranks were
    called final too early, and are told again, with a higher version, when that submission has its result.
    """
    return submissions_ended and in_flight == 0


def version_of_change(changes: int) -> int:
    """Version of ``leaderboard.changed`` after the ``changes``-th change of a board; see ``Board``."""
    return 2 * changes


def version_of_ranks(changes: int) -> int:
    """Version of ``task.ranked`` after the ``changes``-th change of a board; see ``Board``."""
    return 2 * changes + 1


def version_of_view(task_version: int, changes: int, *, revealed: bool) -> int:
    """Version of a leaderboard as it is shown: rises whenever something of it may have changed.

    Each part only ever rises, so no two states of one leaderboard have the same sum.
    """
    return task_version + changes + revealed
