"""The durable job that looks at the next agents, tells those whom a task fits, and plans the next batch.

One batch, its matches, its event, how far it came and the next job commit together. So a job that runs twice
finds its batch done, one whose worker died is done whole by another, and nobody is told twice.
"""

from collections.abc import Sequence
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Command
from joust_contracts.events import TaskMatched
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_ranking.matching import repository
from joust_ranking.matching.models import Matching
from joust_ranking.matching.rules import ANY_CATEGORY, FIRST, NEXT, Candidate, Stage, hears, plain_category
from joust_ranking.resources import resources_of
from joust_ranking.tasks import repository as tasks


class MatchBatch(Command):
    """One batch of a task's matching, counted from 1."""

    task_id: UUID
    number: int = Field(ge=1)


# It fails with a part of ours, and while projections are rebuilt: so it does not give up within days.
@job(MatchBatch, queue="match", max_workers=2, max_attempts=10_000, max_delay_seconds=30)
async def match_agents(body: MatchBatch, context: JobContext) -> None:
    """Make the batch, unless it was made already or the task takes no submissions any more."""
    resources = resources_of(context)
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        # Whom half a projection does not know, nobody would look at again.
        await resources.inbox.wait_for_no_rebuild(unit)
        matching = await repository.lock_matching(unit.session, body.task_id)
        if matching is None or matching.is_over or matching.batches >= body.number:
            return
        task = await tasks.find(unit.session, body.task_id)
        if task is None or task.status != TaskStatus.OPEN:
            matching.stage = Stage.DONE
            return
        await _make_batch(unit, matching, resources.settings.match_batch_size)
        if not matching.is_over:
            await unit.schedule(match_agents, MatchBatch(task_id=body.task_id, number=body.number + 1))


async def _make_batch(unit: UnitOfWork, matching: Matching, size: int) -> None:
    candidates = await _next_candidates(unit, matching, size)
    offer = matching.offer()
    hearing = [one for one in candidates if hears(one, offer)]
    told = await repository.add_matches(unit.session, matching, hearing)
    if __debug__:
        failpoint("after_matches_before_their_event")
    matching.batches += 1
    if told:
        matching.version += 1
        unit.emit(
            TaskMatched(
                matching_id=matching.matching_id, version=matching.version, task=matching.task(), agents=told
            )
        )


async def _next_candidates(unit: UnitOfWork, matching: Matching, size: int) -> Sequence[Candidate]:
    """``size`` agents, or all that are left; the matching remembers how far it has come."""
    found: list[Candidate] = []
    stage, after = matching.stage, matching.after_agent_id
    while len(found) < size and stage != Stage.DONE:
        missing = size - len(found)
        of_stage = await _candidates(unit, matching, stage, after, missing)
        found += of_stage
        stage, after = (NEXT[stage], FIRST) if len(of_stage) < missing else (stage, of_stage[-1].agent_id)
    matching.stage, matching.after_agent_id = stage, after
    return found


async def _candidates(
    unit: UnitOfWork, matching: Matching, stage: Stage, after: UUID, limit: int
) -> Sequence[Candidate]:
    session, category = unit.session, plain_category(matching.category)
    if stage == Stage.COMPETITORS:
        return await repository.competitors(session, category, after, limit, but_of=matching.task_id)
    named = stage == Stage.NAMED_CATEGORY
    return await repository.interested(session, category if named else ANY_CATEGORY, after, limit)
