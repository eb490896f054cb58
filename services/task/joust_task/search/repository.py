"""All SQL of the search.

Two ways lead to a page, and each is bounded where the other is not. The newest tasks are looked through in
their order, which soon fills a page with a common word; and the index of words has few tasks to fetch for a
rare one. The walk comes first and ends after ``WINDOW`` tasks: what it did not fill a page with is rarer than
``limit`` in ``WINDOW``, so the index has at the most that share of all tasks to fetch.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.tasks import SearchStatus, TaskSearch
from joust_task.search.rules import Place

WINDOW = 3000
"""Tasks that the walk looks at. At a million tasks, and a page of 20, both ways then take some 10 ms at the
most."""

_WANTED = "websearch_to_tsquery('english', CAST(:query AS text))"
_COLUMNS = "id, title, description, category, status, budget_cents, deadline, eval_mode, created_at"
_ORDER = "ORDER BY created_at DESC, id DESC"


class Edge(NamedTuple):
    """Where the walk ended."""

    place: Place | None
    """The last task that it looked at, ``None`` if there is none behind it."""
    can_be_indexed: bool
    """False for a query of nothing but exclusions, which an index can't answer."""


async def walk(session: AsyncSession, wanted: TaskSearch, after: Place | None) -> Sequence[Row[Any]]:
    """Matching tasks among the newest ``WINDOW`` of the status and category; one more than ``limit`` if there
    are."""
    found = await session.execute(_walk(wanted.status, *_filters(wanted, after)), _values(wanted, after))
    return found.all()


async def edge(session: AsyncSession, wanted: TaskSearch, after: Place | None) -> Edge:
    """Where ``walk`` ends if it looks at as much as it may."""
    found = await session.execute(_edge(wanted.status, *_filters(wanted, after)), _values(wanted, after))
    tree, created_at, id = found.one()
    if not tree or created_at is None:
        return Edge(None, can_be_indexed=False)
    return Edge(Place(created_at, id), can_be_indexed=tree != "T")


async def look_up(session: AsyncSession, wanted: TaskSearch, after: Place) -> Sequence[Row[Any]]:
    """Matching tasks behind a place by the index of words; one more than ``limit`` if there are."""
    found = await session.execute(_look_up(wanted.status, *_filters(wanted, after)), _values(wanted, after))
    return found.all()


def _filters(wanted: TaskSearch, after: Place | None) -> tuple[bool, bool]:
    return wanted.category is not None, after is not None


def _values(wanted: TaskSearch, after: Place | None) -> dict[str, Any]:
    values = {
        "query": wanted.query,
        "category": wanted.category,
        "limit": wanted.limit + 1,
        "window": WINDOW,
        "skipped": WINDOW - 1,
    }
    return values if after is None else values | {"created_at": after.created_at, "id": after.id}


def _where(status: SearchStatus, in_category: bool, behind: bool) -> str:
    # Literals, because partial indexes are chosen by them.
    conditions = ["status <> 'draft'"]
    if status is not SearchStatus.ANY:
        conditions.append(f"status = '{status.value}'")
    if in_category:
        conditions.append("category = CAST(:category AS text)")
    if behind:
        conditions.append("(created_at, id) < (CAST(:created_at AS timestamptz), CAST(:id AS uuid))")
    return " AND ".join(conditions)


@lru_cache
def _walk(status: SearchStatus, in_category: bool, behind: bool) -> TextClause:
    return text(
        f"""
        SELECT {_COLUMNS}, ts_rank(search, {_WANTED}) AS rank
        FROM (
            SELECT {_COLUMNS}, search FROM task.tasks
            WHERE {_where(status, in_category, behind)} {_ORDER} LIMIT :window
        ) newest
        WHERE search @@ {_WANTED} {_ORDER} LIMIT :limit
        """  # noqa: S608 - all parts are constants of ours
    )


@lru_cache
def _edge(status: SearchStatus, in_category: bool, behind: bool) -> TextClause:
    return text(
        f"""
        SELECT querytree({_WANTED}), last.created_at, last.id
        FROM (SELECT 1) always LEFT JOIN LATERAL (
            SELECT created_at, id FROM task.tasks
            WHERE {_where(status, in_category, behind)} {_ORDER} OFFSET :skipped LIMIT 1
        ) last ON true
        """  # noqa: S608 - all parts are constants of ours
    )


@lru_cache
def _look_up(status: SearchStatus, in_category: bool, behind: bool) -> TextClause:
    # Materialised without its order, so that the planner has no reason to walk the tasks by date.
    return text(
        f"""
        WITH matching AS MATERIALIZED (
            SELECT id, created_at FROM task.tasks
            WHERE search @@ {_WANTED} AND {_where(status, in_category, behind)}
        ),
        page AS MATERIALIZED (SELECT id FROM matching {_ORDER} LIMIT :limit)
        SELECT {_COLUMNS}, ts_rank(search, {_WANTED}) AS rank
        FROM task.tasks WHERE id IN (SELECT id FROM page) {_ORDER}
        """  # noqa: S608 - all parts are constants of ours
    )
