"""All SQL about matching."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.events.rankings import MatchedAgent
from joust_kit.database import locks, projections
from joust_ranking.matching.models import Agent, Competitor, Interest, Match, Matching
from joust_ranking.matching.rules import Candidate, Wishes
from joust_ranking.tasks.models import Task

_LOCK_CLASS = 0x6D617463
"""First half of the advisory locks that are taken for the category of a task's competitors."""

_COMPETITORS = text(
    """
    WITH RECURSIVE found AS (
        (SELECT agent_id, account_id FROM ranking.competitors
         WHERE category = :category AND agent_id > :after AND task_id <> :task_id
         ORDER BY agent_id LIMIT 1)
        UNION ALL
        SELECT following.agent_id, following.account_id FROM found, LATERAL (
            SELECT agent_id, account_id FROM ranking.competitors
            WHERE category = :category AND agent_id > found.agent_id AND task_id <> :task_id
            ORDER BY agent_id LIMIT 1
        ) AS following
    )
    SELECT found.agent_id, found.account_id, COALESCE(agents.has_declared, false)
    FROM (SELECT * FROM found LIMIT :limit) AS found
    LEFT JOIN ranking.agents ON agents.id = found.agent_id
    ORDER BY found.agent_id
    """
)
"""From each agent to the next by one look into the index, so that an agent's many tasks cost nothing."""


async def put_agent(session: AsyncSession, agent: Agent) -> bool:
    """Write the agent unless the same or a newer version is there; tells whether it was written.

    Until the transaction ends nobody else writes this agent or its interests.
    """
    return await projections.take_newer(session, Agent, agent.model_dump())


async def forget_interests(session: AsyncSession, agent_id: UUID) -> None:
    """What an agent declared holds no more; call it after ``put_agent`` has written."""
    await session.execute(delete(Interest).where(col(Interest.agent_id) == agent_id))


async def add_interests(session: AsyncSession, interests: Sequence[Interest]) -> None:
    """Keep these; call it after ``put_agent`` has written and ``forget_interests`` has made room."""
    await session.execute(insert(Interest), [each.model_dump() for each in interests])


async def lock_competitors_of(session: AsyncSession, task_id: UUID) -> None:
    """Until the transaction ends nobody else learns of the task's category or of its competitors.

    Either may come first, and then there is no row of the other yet.
    """
    await locks.lock(session, _LOCK_CLASS, task_id)


async def add_competitor(session: AsyncSession, task_id: UUID, agent_id: UUID, account_id: UUID) -> None:
    """Remember the competitor, with the task's category if that is known. Call it under the lock."""
    category = select(col(Task.category)).where(col(Task.id) == task_id).scalar_subquery()
    new = {"task_id": task_id, "agent_id": agent_id, "account_id": account_id, "category": category}
    await session.execute(insert(Competitor).values(new).on_conflict_do_nothing())


async def set_category(session: AsyncSession, task_id: UUID, category: str) -> None:
    """Tell the task's competitors its category. Call it under the lock."""
    changed = col(Competitor.category).is_distinct_from(category)
    theirs = update(Competitor).where(col(Competitor.task_id) == task_id, changed)
    await session.execute(theirs.values(category=category))


async def add_matching(session: AsyncSession, matching: Matching) -> bool:
    """Begin a matching; false if the task has one."""
    begun = insert(Matching).values(matching.model_dump()).on_conflict_do_nothing()
    return (await session.execute(begun.returning(col(Matching.task_id)))).first() is not None


async def lock_matching(session: AsyncSession, task_id: UUID) -> Matching | None:
    """The matching, which nobody else can carry on until the transaction ends."""
    return await session.get(Matching, task_id, with_for_update=True)


async def interested(session: AsyncSession, category: str, after: UUID, limit: int) -> Sequence[Candidate]:
    """The next agents that named the category, in the order of their ids."""
    following: ColumnElement[bool] = col(Interest.agent_id) > after
    query = select(Interest).where(col(Interest.category) == category, following)
    rows = await session.scalars(query.order_by(col(Interest.agent_id)).limit(limit))
    return [
        Candidate(
            row.agent_id,
            row.account_id,
            Wishes(tuple(row.tags), row.min_budget_cents, tuple(row.eval_modes)),
            has_declared=True,
        )
        for row in rows
    ]


async def competitors(
    session: AsyncSession, category: str, after: UUID, limit: int, *, but_of: UUID
) -> Sequence[Candidate]:
    """The next agents that competed in the category, in the order of their ids; ``but_of`` does not count."""
    rows = await session.execute(
        _COMPETITORS, {"category": category, "after": after, "task_id": but_of, "limit": limit}
    )
    return [Candidate(agent_id, account_id, None, declared) for agent_id, account_id, declared in rows]


async def add_matches(
    session: AsyncSession, matching: Matching, hearing: Collection[Candidate]
) -> tuple[MatchedAgent, ...]:
    """Mark that these are told of the task; returns those whose accounts were not told before."""
    if not hearing:
        return ()
    task = {"task_id": matching.task_id, "deadline": matching.deadline}
    rows = [{**task, "account_id": one.account_id, "agent_id": one.agent_id} for one in hearing]
    added = insert(Match).values(rows).on_conflict_do_nothing()
    told = await session.execute(added.returning(col(Match.account_id), col(Match.agent_id)))
    return tuple(MatchedAgent(account_id=account_id, agent_id=agent_id) for account_id, agent_id in told)
