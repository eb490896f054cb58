"""All SQL about comparisons of pairs."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.submissions import Artifact
from joust_evaluation.evaluations.models import Evaluation
from joust_evaluation.pairs.models import ComparedPair
from joust_evaluation.pairs.rules import Pair
from joust_evaluation.tasks.models import KnownTask
from joust_kit.paging import Cursor


async def add(session: AsyncSession, compared: ComparedPair) -> bool:
    """Keep what came of a pair; false if that is known already."""
    added = insert(ComparedPair).values(compared.model_dump()).on_conflict_do_nothing()
    return await session.scalar(added.returning(col(ComparedPair.id))) is not None


async def was_compared(session: AsyncSession, task_id: UUID, pair: Pair) -> bool:
    """True if it is known what came of the pair."""
    found = exists().where(
        col(ComparedPair.task_id) == task_id,
        col(ComparedPair.first_id) == pair[0],
        col(ComparedPair.second_id) == pair[1],
    )
    return bool(await session.scalar(select(found)))


async def list_of_task(
    session: AsyncSession, task_id: UUID, limit: int, after: Cursor | None
) -> Sequence[ComparedPair]:
    """Pairs of a task, newest first."""
    query = select(ComparedPair).where(col(ComparedPair.task_id) == task_id)
    place = tuple_(col(ComparedPair.completed_at), col(ComparedPair.id))
    if after is not None:
        query = query.where(place < tuple_(after.moment, after.id))
    newest = query.order_by(col(ComparedPair.completed_at).desc(), col(ComparedPair.id).desc())
    return (await session.scalars(newest.limit(limit))).all()


async def artifacts_of(session: AsyncSession, pair: Pair) -> Sequence[Artifact | None]:
    """What was handed in, as it was judged."""
    found = await find_artifacts(session, pair)
    return [found.get(each) for each in pair]


async def find_artifacts(session: AsyncSession, submission_ids: Collection[UUID]) -> dict[UUID, Artifact]:
    """Artifacts by submission; all iterations of one have the same."""
    query = select(col(Evaluation.submission_id), col(Evaluation.artifact)).where(
        col(Evaluation.submission_id).in_(submission_ids), col(Evaluation.artifact).is_not(None)
    )
    return {row[0]: Artifact.model_validate(row[1]) for row in await session.execute(query)}


async def known_task(session: AsyncSession, task_id: UUID) -> KnownTask | None:
    """The task as far as it is known."""
    return await session.get(KnownTask, task_id)
