"""All SQL about standings."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.evaluations import EvaluatedSubmission
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_ranking.standings.models import Board, Result, Standing
from joust_ranking.standings.rules import Place
from joust_ranking.tasks.models import Task

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


async def find_task_and_board(session: AsyncSession, task_id: UUID) -> tuple[Task | None, Board]:
    """The task as last heard of, and its board, an empty one if there is none; both as of one moment."""
    both = select(Task, Board).outerjoin(Board, col(Board.task_id) == col(Task.id))
    row = (await session.execute(both.where(col(Task.id) == task_id))).one_or_none()
    task, board = (None, None) if row is None else (row[0], row[1])
    return task, board or Board(task_id=task_id)


async def find_or_add_result(
    session: AsyncSession, submission: SubmissionSnapshot | EvaluatedSubmission
) -> Result:
    """What was seen of the result of the submission's iteration, empty if nothing was.

    Call it under the board's lock.
    """
    result = await session.get(Result, (submission.id, submission.iteration))
    if result is None:
        result = Result(
            submission_id=submission.id, iteration=submission.iteration, task_id=submission.task_id
        )
        session.add(result)
    if result.account_id is None:
        result.account_id = submission.account_id
        result.agent_id = submission.agent_id
        result.agent_display_name = submission.agent_display_name
        result.received_at = submission.received_at
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


async def list_scored(session: AsyncSession, task_id: UUID, account_id: UUID) -> list[Result]:
    """All results of an account in a task that have a score; the quota keeps them few."""
    scored = select(Result).where(
        col(Result.task_id) == task_id,
        col(Result.account_id) == account_id,
        col(Result.score).is_not(None),
    )
    return list(await session.scalars(scored))


async def put(session: AsyncSession, standing: Standing) -> None:
    """Write the account's standing. Call it under the board's lock."""
    fields = standing.model_dump()
    statement = insert(Standing).values(fields)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[col(Standing.task_id), col(Standing.account_id)],
            set_={name: statement.excluded[name] for name in fields},
        )
    )


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


async def list_best(session: AsyncSession, task_id: UUID, limit: int, after: Place | None) -> list[Standing]:
    """The best standings of a task, best first, or those that follow on a place."""
    best_first = select(Standing).where(col(Standing.task_id) == task_id).order_by(*_BEST_FIRST).limit(limit)
    if after is not None:
        later = tuple_(col(Standing.best_received_at), col(Standing.best_submission_id)) > tuple_(
            literal(after.received_at), literal(after.submission_id)
        )
        best_first = best_first.where(
            # implied by the next condition; it is what bounds the scan of the index
            col(Standing.best_score) <= after.score,
            or_(
                col(Standing.best_score) < after.score,
                and_(col(Standing.best_score) == after.score, later),
            ),
        )
    return list(await session.scalars(best_first))
