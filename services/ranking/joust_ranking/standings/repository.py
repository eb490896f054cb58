"""All SQL about standings."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_ranking.standings.models import Board, Result, Standing
from joust_ranking.standings.rules import Place

_BEST_FIRST = (
    col(Standing.best_score).desc(),
    col(Standing.best_received_at),
    col(Standing.best_submission_id),
)
"""The order of ``rules.is_better`` in SQL; a test compares the two."""


async def lock_board(session: AsyncSession, task_id: UUID) -> Board:
    """The task's board, made if it is new, which nobody else can change until the transaction ends."""
    board = await session.get(Board, task_id, with_for_update=True)
    if board is None:
        fields = Board(task_id=task_id).model_dump()
        await session.execute(insert(Board).values(fields).on_conflict_do_nothing())
        board = await session.get_one(Board, task_id, with_for_update=True)
    return board


async def find_or_add_result(
    session: AsyncSession, task_id: UUID, submission_id: UUID, iteration: int
) -> Result:
    """What was seen of a result, empty if nothing was. Call it under the board's lock."""
    result = await session.get(Result, (submission_id, iteration))
    if result is None:
        result = Result(submission_id=submission_id, iteration=iteration, task_id=task_id)
        session.add(result)
    return result


async def finished_iteration(session: AsyncSession, submission_id: UUID) -> int | None:
    """The newest iteration of a submission whose evaluation has ended; ``None`` if there is none."""
    ended = or_(col(Result.score).is_not(None), col(Result.failed))
    newest = select(func.max(Result.iteration)).where(col(Result.submission_id) == submission_id, ended)
    return await session.scalar(newest)


async def find_place(session: AsyncSession, task_id: UUID, account_id: UUID) -> Place | None:
    """What decides where the account stands in the task, ``None`` while it has no score."""
    found = select(
        col(Standing.best_score),
        col(Standing.best_received_at),
        col(Standing.best_submission_id),
        col(Standing.best_iteration),
    ).where(col(Standing.task_id) == task_id, col(Standing.account_id) == account_id)
    row = (await session.execute(found)).one_or_none()
    return Place(*row) if row is not None else None


async def put_best(session: AsyncSession, standing: Standing) -> None:
    """Write the account's standing unless the one that is there is as good or better.

    One statement that depends on values alone: even without the board's lock no result is lost.
    """
    fields = standing.model_dump()
    statement = insert(Standing).values(fields)
    new = statement.excluded
    # Of times, ids and iterations the smaller is the better, so there the two sides change places.
    better = tuple_(
        new.best_score,
        col(Standing.best_received_at),
        col(Standing.best_submission_id),
        col(Standing.best_iteration),
    ) > tuple_(col(Standing.best_score), new.best_received_at, new.best_submission_id, new.best_iteration)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[col(Standing.task_id), col(Standing.account_id)],
            set_={name: new[name] for name in fields},
            where=better,
        )
    )


async def rank_of(session: AsyncSession, task_id: UUID, place: Place) -> int:
    """Rank of a place in a task, from 1."""
    earlier = tuple_(col(Standing.best_received_at), col(Standing.best_submission_id)) < tuple_(
        literal(place.received_at), literal(place.submission_id)
    )
    better = select(func.count()).where(
        col(Standing.task_id) == task_id,
        # implied by the next condition; it is what bounds the scan of the index
        col(Standing.best_score) >= place.score,
        or_(
            col(Standing.best_score) > place.score,
            and_(col(Standing.best_score) == place.score, earlier),
        ),
    )
    return 1 + (await session.scalar(better) or 0)


async def find_winner(session: AsyncSession, task_id: UUID) -> Standing | None:
    """The best standing of a task."""
    best_first = select(Standing).where(col(Standing.task_id) == task_id).order_by(*_BEST_FIRST)
    return await session.scalar(best_first.limit(1))


async def find_winners(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """The best standing of each of these tasks that has one."""
    of_tasks = select(Standing).where(col(Standing.task_id).in_(task_ids))
    best_of_each = of_tasks.ext(distinct_on(col(Standing.task_id)))
    best = await session.scalars(best_of_each.order_by(col(Standing.task_id), *_BEST_FIRST))
    return {standing.task_id: standing for standing in best}


async def list_best(session: AsyncSession, task_id: UUID, limit: int) -> tuple[list[Standing], int]:
    """The best standings of a task, best first, and how many there are, from one look at both."""
    best_first = (
        select(Standing, col(Board.entries_count))
        .join(Board, col(Board.task_id) == col(Standing.task_id))
        .where(col(Standing.task_id) == task_id)
        .order_by(*_BEST_FIRST)
    )
    rows = (await session.execute(best_first.limit(limit))).all()
    return [row[0] for row in rows], rows[0][1] if rows else 0
