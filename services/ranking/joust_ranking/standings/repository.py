"""All SQL about standings. A score costs three statements: see the fact, read what decides, change all."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_ranking.ranks.repository import MOVE, RANK, moving, ranking
from joust_ranking.ranks.rules import Bucket, buckets_of
from joust_ranking.standings.models import Board, Result, Scored
from joust_ranking.standings.rules import PODIUM, Place, is_better

_PLACE = "best_score, best_received_at, best_submission_id, best_iteration"
_SHOWN = f"{_PLACE}, account_id, agent_id, agent_display_name, test_score, llm_score"
"""The columns of a standing, as ``_scored`` takes them."""
_SCORED = 9
"""How many these are."""
_BEST_FIRST = "best_score DESC, best_received_at, best_submission_id"
"""The order of ``rules.is_better`` in SQL; a test compares the two."""
_FIRST = f"SELECT {_SHOWN} FROM ranking.standings WHERE task_id = CAST(:task_id AS uuid)"  # noqa: S608 - as above
# The first condition is implied by the second; it is what bounds the scan of the index.
_AFTER = f"""{_FIRST}
    AND best_score <= CAST(:after_score AS float) AND (best_score < CAST(:after_score AS float)
        OR (best_received_at, best_submission_id)
            > (CAST(:after_received_at AS timestamptz), CAST(:after_submission_id AS uuid)))
"""
_LIMITED = f"ORDER BY {_BEST_FIRST} LIMIT CAST(:limit AS integer)"

_OF_BOARD = 5
"""How many columns a board has."""
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
# By text: to build a statement takes longer than to execute it.
_RESULTS = text(
    """
    SELECT r.score, r.received_at, r.submission_id, r.iteration, r.account_id, r.agent_id,
        r.agent_display_name, r.test_score, r.llm_score,
        s.best_score, s.best_received_at, s.best_submission_id, s.best_iteration
    FROM ranking.results r LEFT JOIN ranking.standings s USING (task_id, account_id)
    WHERE task_id = CAST(:task_id AS uuid) AND account_id = CAST(:account_id AS uuid) AND r.score IS NOT NULL
    """
)
_PAGE = """
    SELECT best.*, t.version, t.owner_id, t.status, t.deadline, t.eval_mode,
        coalesce(b.changes, 0), coalesce(b.entries_count, 0)
    FROM ranking.tasks t LEFT JOIN ranking.boards b ON b.task_id = t.id
    LEFT JOIN LATERAL ({entries}) AS best ON true
    WHERE t.id = CAST(:task_id AS uuid) ORDER BY {order}
"""
_FIRST_PAGE = text(_PAGE.format(entries=f"{_FIRST} {_LIMITED}", order=_BEST_FIRST))
_NEXT_PAGE = text(_PAGE.format(entries=f"{_AFTER} {_LIMITED}", order=_BEST_FIRST))
_BEST = text(f"{_FIRST} {_LIMITED}")
_BEST_OF_EACH = text(
    f"""
    SELECT best.*, asked.task_id FROM unnest(CAST(:task_ids AS uuid[])) AS asked (task_id)
    CROSS JOIN LATERAL (
        SELECT {_SHOWN} FROM ranking.standings s WHERE s.task_id = asked.task_id {_LIMITED}
    ) AS best ORDER BY asked.task_id, {_BEST_FIRST}
    """  # noqa: S608 - as above
)
_COUNTED = text(
    f"""
    SELECT NOT EXISTS (
        SELECT FROM unnest(CAST(:submissions AS uuid[]), CAST(:iterations AS integer[]))
            AS due (id, iteration)
        WHERE NOT EXISTS (
            SELECT FROM ranking.results r WHERE r.submission_id = due.id AND r.iteration >= due.iteration
            AND (r.score IS NOT NULL OR r.failed)
        )
    ), {_PLACE}
    FROM (VALUES (CAST(:task_id AS uuid), CAST(:account_id AS uuid))) AS asked (task_id, account_id)
    LEFT JOIN ranking.standings USING (task_id, account_id)
    """  # noqa: S608 - as above
)


class KnownTask(NamedTuple):
    """What is told of a task with its leaderboard."""

    version: int
    owner_id: UUID
    status: TaskStatus
    deadline: datetime
    eval_mode: EvalMode


class Page(NamedTuple):
    """Standings of a task, and what is told beside them."""

    task: KnownTask
    changes: int
    entries_count: int
    best: list[Scored]


class Counted(NamedTuple):
    """Where an account stands, and whether all is counted that was asked for."""

    all_counted: bool
    place: Place | None


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
    is_received, has_failed, score = row[_OF_BOARD:]
    if is_received is None:
        return None
    return Seen(_board(row[:_OF_BOARD]), is_received, has_failed, score is not None)


def _board(row: Sequence[Any]) -> Board:
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
    found = await session.execute(_RESULTS, {"task_id": task_id, "account_id": account_id})
    rows = found.all()
    scored = [_scored(row[:_SCORED]) for row in rows]
    stands = rows[0][_SCORED:] if rows else (None,)
    was = None if stands[0] is None else Place(*stands)
    return Results(was, {each.place: each for each in scored})


async def find_page(session: AsyncSession, task_id: UUID, limit: int, after: Place | None) -> Page | None:
    """A task's best standings or those that follow on a place, best first, and what is told beside them.

    ``None`` for a task that was not heard of. All is as of one moment.
    """
    values: dict[str, Any] = {"task_id": task_id, "limit": limit}
    if after is not None:
        values |= {
            "after_score": after.score,
            "after_received_at": after.received_at,
            "after_submission_id": after.submission_id,
        }
    rows = (await session.execute(_FIRST_PAGE if after is None else _NEXT_PAGE, values)).all()
    if not rows:
        return None
    version, owner_id, status, deadline, eval_mode, changes, entries_count = rows[0][_SCORED:]
    return Page(
        task=KnownTask(version, owner_id, TaskStatus(status), deadline, EvalMode(eval_mode)),
        changes=changes,
        entries_count=entries_count,
        best=[_scored(row[:_SCORED]) for row in rows if row[0] is not None],
    )


async def finished_iteration(session: AsyncSession, submission_id: UUID) -> int | None:
    """The newest iteration of a submission whose evaluation has ended; ``None`` if there is none."""
    ended = or_(col(Result.score).is_not(None), col(Result.failed))
    newest = select(func.max(Result.iteration)).where(col(Result.submission_id) == submission_id, ended)
    return await session.scalar(newest)


async def find_place(
    session: AsyncSession, task_id: UUID, account_id: UUID, due: Mapping[UUID, int]
) -> Counted:
    """What decides where the account stands in the task; ``due``: iterations of submissions to be counted."""
    values = {
        "task_id": task_id,
        "account_id": account_id,
        "submissions": list(due),
        "iterations": list(due.values()),
    }
    all_counted, *stands = (await session.execute(_COUNTED, values)).one()
    return Counted(all_counted, None if stands[0] is None else Place(*stands))


async def find_best(session: AsyncSession, task_id: UUID) -> list[Scored]:
    """The best standings of a task, as many as a podium has."""
    found = await session.execute(_BEST, {"task_id": task_id, "limit": PODIUM})
    return [_scored(row) for row in found]


async def find_best_of_each(session: AsyncSession, task_ids: Collection[UUID]) -> dict[UUID, list[Scored]]:
    """The same of each of these tasks that has any."""
    found = await session.execute(_BEST_OF_EACH, {"task_ids": list(task_ids), "limit": PODIUM})
    best: dict[UUID, list[Scored]] = {}
    for row in found:
        best.setdefault(row[-1], []).append(_scored(row[:_SCORED]))
    return best


def _scored(row: Sequence[Any]) -> Scored:
    """From the columns of ``_SHOWN``."""
    return Scored(Place(*row[:4]), *row[4:])
