"""Ranks without ties and grades from S to F. No I/O, no clock."""

from collections.abc import Sequence
from enum import StrEnum

from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_contracts.vocabulary import DropGrade
from joust_evaluation.judges.comparing import Opinion

GRADES: tuple[tuple[DropGrade, float], ...] = (
    (DropGrade.S, 90),
    (DropGrade.A, 80),
    (DropGrade.B, 65),
    (DropGrade.C, 50),
    (DropGrade.D, 30),
    (DropGrade.F, 0),
)
"""Each grade and the score from which it is given; the Drops document names the grades and no scale."""


class RankingStatus(StrEnum):
    """Where the ranking of a drop is; the last two are final."""

    QUEUED = "queued"
    COMPLETED = "completed"
    FAILED = "failed"


def grade_of(score: float) -> DropGrade:
    """The grade of a score from 0 to 100."""
    return next(grade for grade, least in GRADES if score >= least)


def ranked(
    submissions: Sequence[DropSubmissionSnapshot], opinions: Sequence[Opinion]
) -> tuple[RankedSubmission, ...]:
    """Best first: by score, then the earlier submission. ``submissions`` come oldest first."""
    judged = sorted(
        zip(submissions, opinions, strict=True),
        key=lambda pair: (-pair[1].score, pair[0].created_at, pair[0].id),
    )
    return tuple(
        RankedSubmission(
            rank=rank,
            submission_id=submission.id,
            account_id=submission.account_id,
            agent_id=submission.agent_id,
            score=opinion.score,
            grade=grade_of(opinion.score),
            rationale=opinion.rationale,
        )
        for rank, (submission, opinion) in enumerate(judged, start=1)
    )
