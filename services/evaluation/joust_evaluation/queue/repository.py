"""All SQL about the queue."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Float, Interval, Uuid, bindparam, cast, extract, func, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_evaluation.evaluations.models import JUDGED, UNFINISHED, Evaluation
from joust_evaluation.queue.rules import ACCOUNT_SPACING, LONGEST_HANDICAP, TASK_SPACING

COUNTED = 1000
"""More that are ahead are not counted: nobody waits by such a number, and counting costs by it."""
_RECENT = 20

_DRAW = text(
    """
    WITH of_account AS (
        INSERT INTO evaluation.next_turns AS known (flow, id, next_at)
        VALUES ('account', :account_id, :now + :account_spacing)
        ON CONFLICT (flow, id) DO UPDATE SET
            next_at = least(greatest(known.next_at, :now), :latest) + :account_spacing
        RETURNING next_at - :account_spacing AS turn_at
    ), of_task AS (
        INSERT INTO evaluation.next_turns AS known (flow, id, next_at)
        SELECT 'task', :task_id, :now + :task_spacing FROM of_account WHERE turn_at <= :now
        ON CONFLICT (flow, id) DO UPDATE SET
            next_at = least(greatest(known.next_at, :now), :latest) + :task_spacing
        RETURNING next_at - :task_spacing AS turn_at
    )
    SELECT coalesce((SELECT turn_at FROM of_task), (SELECT turn_at FROM of_account))
    """
).bindparams(
    bindparam("account_id", type_=Uuid),
    bindparam("task_id", type_=Uuid),
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("latest", type_=DateTime(timezone=True)),
    bindparam("account_spacing", type_=Interval),
    bindparam("task_spacing", type_=Interval),
)
"""An account whose earlier work still waits is spaced by its own flow and leaves that of the task alone, so
that its backlog does not hold up others in the task."""


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


async def draw_turn(session: AsyncSession, account_id: UUID, task_id: UUID, now: datetime) -> datetime:
    """The turn of one more evaluation, in one atomic statement; no two of an account have the same."""
    values = {
        "account_id": account_id,
        "task_id": task_id,
        "now": now,
        "latest": now + LONGEST_HANDICAP,
        "account_spacing": ACCOUNT_SPACING,
        "task_spacing": TASK_SPACING,
    }
    turn_at: datetime = (await session.execute(_DRAW, values)).scalar_one()
    return turn_at


async def load_before(session: AsyncSession, evaluation: Evaluation) -> Load:
    """How many are ahead of an evaluation, and how long the newest took, in one statement."""
    ahead = (
        select(col(Evaluation.id))
        .where(
            text(UNFINISHED),
            tuple_(col(Evaluation.turn_at), col(Evaluation.id)) < tuple_(evaluation.turn_at, evaluation.id),
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
