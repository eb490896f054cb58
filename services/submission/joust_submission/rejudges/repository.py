"""All SQL about tasks that are judged again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import EvalMode
from joust_submission.rejudges.models import Rejudge, RejudgedSubmission
from joust_submission.rejudges.rules import JUDGED_AGAIN
from joust_submission.submissions.models import Submission


class Counts(NamedTuple):
    """How far a task is."""

    begun: int
    judged: int
    failed: int

    @property
    def pending(self) -> int:
        """Without a result."""
        return self.begun - self.judged - self.failed


async def find_newest(session: AsyncSession, task_id: UUID) -> Rejudge | None:
    """The last time that the task was judged again."""
    newest: Rejudge | None = await session.scalar(
        select(Rejudge).where(col(Rejudge.task_id) == task_id).order_by(col(Rejudge.number).desc()).limit(1)
    )
    return newest


async def add(session: AsyncSession, values: dict[str, Any]) -> bool:
    """Insert; False if another request took the number."""
    statement = insert(Rejudge).values(values).on_conflict_do_nothing(index_elements=["task_id", "number"])
    return (await session.execute(statement.returning(col(Rejudge.id)))).first() is not None


async def lock(session: AsyncSession, rejudge_id: UUID) -> Rejudge | None:
    """The row, which nobody else can change until the transaction ends."""
    return await session.get(Rejudge, rejudge_id, with_for_update=True)


async def has_other_scores(session: AsyncSession, task_id: UUID, version: dict[str, Any]) -> bool:
    """True if a score of the task is by another version of the judge."""
    differing = select(col(Submission.id)).where(
        col(Submission.task_id) == task_id,
        col(Submission.judgement).is_not(None),
        *_to_judge(version),
    )
    return (await session.execute(differing.limit(1))).first() is not None


async def lock_next(
    session: AsyncSession, task_id: UUID, version: dict[str, Any], after: UUID | None, limit: int
) -> Sequence[Submission]:
    """Submissions of the task that are to be judged again, in the order of their ids, locked."""
    conditions = [col(Submission.task_id) == task_id, *_to_judge(version)]
    if after is not None:
        conditions.append(col(Submission.id) > after)
    query = select(Submission).where(*conditions).order_by(col(Submission.id)).limit(limit)
    return list(await session.scalars(query.with_for_update()))


async def count(session: AsyncSession, rejudge_id: UUID) -> Counts:
    """How far it is."""
    row = RejudgedSubmission
    found = await session.execute(
        select(func.count(), func.count(col(row.after_score)), func.count(col(row.failure))).where(
            col(row.rejudge_id) == rejudge_id
        )
    )
    return Counts(*found.one())


async def write_result(
    session: AsyncSession,
    submission_id: UUID,
    iteration: int,
    *,
    score: float | None,
    version: dict[str, Any] | None,
    failure: str | None,
    at: datetime,
) -> None:
    """Note the result of an iteration, if it belongs to a task that is judged again."""
    row = RejudgedSubmission
    await session.execute(
        update(row)
        .where(col(row.submission_id) == submission_id, col(row.iteration) == iteration)
        .values(after_score=score, after_version=version, failure=failure, ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def list_differences(
    session: AsyncSession, rejudge_id: UUID, after: UUID | None, limit: int
) -> Sequence[RejudgedSubmission]:
    """One page in the order of the submissions' ids."""
    query = select(RejudgedSubmission).where(col(RejudgedSubmission.rejudge_id) == rejudge_id)
    if after is not None:
        query = query.where(col(RejudgedSubmission.submission_id) > after)
    return list(await session.scalars(query.order_by(col(RejudgedSubmission.submission_id)).limit(limit)))


def _to_judge(version: dict[str, Any]) -> list[ColumnElement[bool]]:
    """What was judged by another version. Whether an external judge has changed only its owner knows."""
    judged: list[ColumnElement[bool]] = [
        col(Submission.status).in_(JUDGED_AGAIN),
        col(Submission.artifact).is_not(None),
    ]
    if version["mode"] == EvalMode.EXTERNAL:
        return judged
    known = col(Submission.judgement)["judge_version"]
    return [*judged, known.is_distinct_from(type_coerce(version, JSONB))]
