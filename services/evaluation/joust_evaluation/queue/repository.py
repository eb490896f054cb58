"""All SQL about the queue."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Float, cast, extract, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.evaluations.models import JUDGED, UNFINISHED, Evaluation

COUNTED = 1000
"""More that are ahead are not counted: nobody waits by such a number, and counting costs by it."""
_RECENT = 20


class Load(NamedTuple):
    """What stands before an evaluation."""

    ahead: int
    mean_seconds: float | None
    """Of the newest evaluations that ended with a score."""


async def find_newest(session: AsyncSession, submission_id: UUID) -> Evaluation | None:
    """The evaluation of a submission's newest iteration."""
    of_submission = select(Evaluation).where(col(Evaluation.submission_id) == submission_id)
    newest: Evaluation | None = await session.scalar(
        of_submission.order_by(col(Evaluation.iteration).desc()).limit(1)
    )
    return newest


async def load_before(session: AsyncSession, evaluation: Evaluation) -> Load:
    """How many are ahead of an evaluation, and how long the newest took, in one statement."""
    ahead = (
        select(col(Evaluation.id))
        .where(
            text(UNFINISHED),
            tuple_(col(Evaluation.queued_at), col(Evaluation.id))
            < tuple_(evaluation.queued_at, evaluation.id),
        )
        .limit(COUNTED)
        .subquery()
    )
    took = extract("epoch", col(Evaluation.finished_at) - col(Evaluation.started_at))
    recent = (
        select(took.label("seconds"))
        .where(text(JUDGED))
        .order_by(col(Evaluation.finished_at).desc())
        .limit(_RECENT)
        .subquery()
    )
    mean = select(cast(func.avg(recent.c.seconds), Float)).scalar_subquery()
    found = await session.execute(select(func.count(), mean).select_from(ahead))
    return Load(*found.one())
