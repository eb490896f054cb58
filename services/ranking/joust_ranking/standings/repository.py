"""All SQL about standings. A score costs three statements: see the fact, read what decides, change all."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, and_, func, literal, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_ranking.ranks.repository import MOVE, RANK, moving, ranking
from joust_ranking.ranks.rules import Bucket, buckets_of
from joust_ranking.standings.models import Board, Result, Scored, Standing
from joust_ranking.standings.rules import Place, is_better
from joust_ranking.tasks.models import Task

_PLACE = (
    col(Standing.best_score),
    col(Standing.best_received_at),
    col(Standing.best_submission_id),
    col(Standing.best_iteration),
)
_SHOWN = (
    *_PLACE,
    col(Standing.account_id),
    col(Standing.agent_id),
    col(Standing.agent_display_name),
    col(Standing.test_score),
    col(Standing.llm_score),
)
_BEST_FIRST = (
    col(Standing.best_score).desc(),
    col(Standing.best_received_at),
    col(Standing.best_submission_id),
)
"""The order of ``rules.is_better`` in SQL; a test compares the two."""

# No row if somebody else made the board meanwhile, whom this statement waited for but can't see yet.
_BOARD = """
    made AS (
        INSERT INTO ranking.boards (task_id, changes, submissions_ended, in_flight, entries_count)
        VALUES (CAST(:task_id AS uuid), 0, false, 0, 0) ON CONFLICT DO NOTHING
        RETURNING task_id, changes, submissions_ended, in_flight, entries_count
    ), known AS MATERIALIZED (
        SELECT task_id, changes, submissions_ended, in_flight, entries_count FROM ranking.boards
        WHERE task_id = CAST(:task_id AS uuid) FOR UPDATE
    ), board AS MATERIALIZED (SELECT * FROM known UNION ALL SELECT * FROM made)
"""
_LOCK = text(f"WITH {_BOARD} SELECT * FROM board")  # noqa: S608 - parts are constants of ours
# The result comes after the lock, because it is made from it; what was known of it is read as it is by then.
_SEE = text(
    f"""
    WITH {_BOARD}, seen AS (
        INSERT INTO ranking.results AS known (submission_id, iteration, task_id, received, failed,
            score, test_score, llm_score, account_id, agent_id, agent_display_name, received_at)
        SELECT CAST(:submission_id AS uuid), CAST(:iteration AS integer), task_id,
            CAST(:received AS boolean), CAST(:failed AS boolean),
            CAST(:score AS float), CAST(:test_score AS float), CAST(:llm_score AS float),
            CAST(:account_id AS uuid), CAST(:agent_id AS uuid), CAST(:agent_display_name AS text),
            CAST(:received_at AS timestamptz)
        FROM board
        ON CONFLICT (submission_id, iteration) DO UPDATE SET
            received = known.received OR excluded.received,
            failed = known.failed OR excluded.failed,
            score = coalesce(known.score, excluded.score),
            test_score = CASE WHEN known.score IS NULL THEN excluded.test_score ELSE known.test_score END,
            llm_score = CASE WHEN known.score IS NULL THEN excluded.llm_score ELSE known.llm_score END,
            account_id = coalesce(known.account_id, excluded.account_id),
            agent_id = coalesce(known.agent_id, excluded.agent_id),
            agent_display_name = coalesce(known.agent_display_name, excluded.agent_display_name),
            received_at = coalesce(known.received_at, excluded.received_at)
        WHERE excluded.received AND NOT known.received OR excluded.failed AND NOT known.failed
            OR excluded.score IS NOT NULL AND known.score IS NULL
        RETURNING known.received, known.failed, known.score
    )
    SELECT board.*, seen.received, seen.failed, seen.score FROM board LEFT JOIN seen ON true
    """  # noqa: S608 - parts are constants of ours
)
_PUT_BOARD = """
    UPDATE ranking.boards SET changes = CAST(:changes AS integer),
        submissions_ended = CAST(:submissions_ended AS boolean),
        in_flight = CAST(:in_flight AS integer), entries_count = CAST(:entries_count AS integer)
    WHERE task_id = CAST(:task_id AS uuid)
"""
_PUT = text(_PUT_BOARD)
_STAND = text(
    f"""
    WITH board AS ({_PUT_BOARD}), standing AS (
        INSERT INTO ranking.standings (task_id, account_id, agent_id, agent_display_name, best_score,
            test_score, llm_score, best_submission_id, best_iteration, best_received_at)
        VALUES (CAST(:task_id AS uuid), CAST(:account_id AS uuid), CAST(:agent_id AS uuid),
            CAST(:agent_display_name AS text), CAST(:score AS float), CAST(:test_score AS float),
            CAST(:llm_score AS float), CAST(:submission_id AS uuid), CAST(:iteration AS integer),
            CAST(:received_at AS timestamptz))
        ON CONFLICT (task_id, account_id) DO UPDATE SET
            agent_id = excluded.agent_id, agent_display_name = excluded.agent_display_name,
            best_score = excluded.best_score, test_score = excluded.test_score,
            llm_score = excluded.llm_score, best_submission_id = excluded.best_submission_id,
            best_iteration = excluded.best_iteration, best_received_at = excluded.best_received_at
    ), {MOVE} {RANK}
    """  # noqa: S608 - parts are constants of ours
)


class Seen(NamedTuple):
    """A new fact about a result: the board, locked from now on, and what is known of the result with it."""

    board: Board
    received: bool
    failed: bool
    has_score: bool


class Results(NamedTuple):
    """What decides by which result an account stands."""

    was: Place | None
    """Where it stands now, ``None`` while it has no score."""
    scored: dict[Place, Scored]


async def lock_board(session: AsyncSession, task_id: UUID) -> Board:
    """The task's board, made if it is new, which nobody else can change until the transaction ends."""
    row = None
    while row is None:
        row = (await session.execute(_LOCK, {"task_id": task_id})).one_or_none()
    return _board(row)


async def see(
    session: AsyncSession,
    submission: SubmissionSnapshot | EvaluatedSubmission,
    *,
    received: bool = False,
    failed: bool = False,
    judgement: Judgement | None = None,
) -> Seen | None:
    """Keep one fact about the result of the submission's iteration, and lock the board.

    ``None`` if that fact was known. A result has at most one score: another one is no news.
    """
    fact = {
        "task_id": submission.task_id,
        "submission_id": submission.id,
        "iteration": submission.iteration,
        "received": received,
        "failed": failed,
        "score": None if judgement is None else judgement.final_score,
        "test_score": None if judgement is None else judgement.test_score,
        "llm_score": None if judgement is None else judgement.llm_score,
        "account_id": submission.account_id,
        "agent_id": submission.agent_id,
        "agent_display_name": submission.agent_display_name,
        "received_at": submission.received_at,
    }
    row = None
    while row is None:
        row = (await session.execute(_SEE, fact)).one_or_none()
    *board, is_received, has_failed, score = row
    return None if is_received is None else Seen(_board(board), is_received, has_failed, score is not None)


def _board(row: Row[Any] | Sequence[Any]) -> Board:
    task_id, changes, submissions_ended, in_flight, entries_count = row
    return Board(
        task_id=task_id,
        changes=changes,
        submissions_ended=submissions_ended,
        in_flight=in_flight,
        entries_count=entries_count,
    )


async def put_board(session: AsyncSession, board: Board) -> None:
    """Write a board that was locked."""
    await session.execute(_PUT, board.model_dump())


async def stand(session: AsyncSession, board: Board, best: Scored, was: Place | None) -> int:
    """Write a locked board, and let an account that stood at ``was`` stand by ``best``; returns its rank."""
    place = best.place
    values = {
        **board.model_dump(),
        **best._asdict(),
        **ranking(place),
        **moving(_buckets(was), _buckets(place)),
        "iteration": place.iteration,
    }
    rank = int(await session.scalar(_STAND, values))
    # Counted as of before: where the account stood is among what is before its place, if that got worse.
    return rank - (was is not None and is_better(was, place))


def _buckets(place: Place | None) -> tuple[Bucket, ...]:
    return () if place is None else buckets_of(place.score, place.received_at)


async def results_of(session: AsyncSession, task_id: UUID, account_id: UUID) -> Results:
    """All results of an account in a task that have a score, which the quota keeps few, and its standing.

    Call it under the board's lock.
    """
    found = (
        select(
            col(Result.score),
            col(Result.received_at),
            col(Result.submission_id),
            col(Result.iteration),
            col(Result.account_id),
            col(Result.agent_id),
            col(Result.agent_display_name),
            col(Result.test_score),
            col(Result.llm_score),
            *_PLACE,
        )
        .outerjoin(
            Standing,
            and_(
                col(Standing.task_id) == col(Result.task_id),
                col(Standing.account_id) == col(Result.account_id),
            ),
        )
        .where(
            col(Result.task_id) == task_id,
            col(Result.account_id) == account_id,
            col(Result.score).is_not(None),
        )
    )
    rows = (await session.execute(found)).all()
    scored = [_scored(row[: len(_SHOWN)]) for row in rows]
    stands = rows[0][len(_SHOWN) :] if rows else (None,)
    was = None if stands[0] is None else Place(*stands)
    return Results(was, {each.place: each for each in scored})


async def find_task_and_board(session: AsyncSession, task_id: UUID) -> tuple[Task | None, Board]:
    """The task as last heard of, and its board, an empty one if there is none; both as of one moment."""
    both = select(Task, Board).outerjoin(Board, col(Board.task_id) == col(Task.id))
    row = (await session.execute(both.where(col(Task.id) == task_id))).one_or_none()
    task, board = (None, None) if row is None else (row[0], row[1])
    return task, board or Board(task_id=task_id)


async def finished_iteration(session: AsyncSession, submission_id: UUID) -> int | None:
    """The newest iteration of a submission whose evaluation has ended; ``None`` if there is none."""
    ended = or_(col(Result.score).is_not(None), col(Result.failed))
    newest = select(func.max(Result.iteration)).where(col(Result.submission_id) == submission_id, ended)
    return await session.scalar(newest)


async def find_place(session: AsyncSession, task_id: UUID, account_id: UUID) -> Place | None:
    """What decides where the account stands in the task, ``None`` while it has no score."""
    found = select(*_PLACE).where(col(Standing.task_id) == task_id, col(Standing.account_id) == account_id)
    row = (await session.execute(found)).one_or_none()
    return Place(*row) if row is not None else None


async def find_winner(session: AsyncSession, task_id: UUID) -> Scored | None:
    """The best standing of a task."""
    best = await list_best(session, task_id, 1, None)
    return best[0] if best else None


async def find_winners(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, Scored]:
    """The best standing of each of these tasks that has one."""
    of_tasks = select(*_SHOWN, col(Standing.task_id)).where(col(Standing.task_id).in_(task_ids))
    best_of_each = of_tasks.ext(distinct_on(col(Standing.task_id)))
    best = await session.execute(best_of_each.order_by(col(Standing.task_id), *_BEST_FIRST))
    return {row[-1]: _scored(row[:-1]) for row in best}


async def list_best(session: AsyncSession, task_id: UUID, limit: int, after: Place | None) -> list[Scored]:
    """The best standings of a task, best first, or those that follow on a place."""
    best_first = select(*_SHOWN).where(col(Standing.task_id) == task_id).order_by(*_BEST_FIRST).limit(limit)
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
    return [_scored(row) for row in await session.execute(best_first)]


def _scored(row: Row[Any] | Sequence[Any]) -> Scored:
    """From the columns of a place and of what an entry shows, in this order."""
    return Scored(Place(*row[:4]), *row[4:])
