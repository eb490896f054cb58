"""The job that ranks a drop: read, judge outside of any transaction, write the result once.

It may run twice, and two workers may run it at the same time; the row's lock and status see to it that one
result is written and told.
"""

import asyncio
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_evaluation.drops import repository
from joust_evaluation.drops.models import DropRanking
from joust_evaluation.drops.reading import read_entries
from joust_evaluation.drops.rules import RankingStatus, ranked
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.judges.comparing import Comparer, Comparison, ComparisonRequest
from joust_evaluation.judges.offline import OfflineJudge
from joust_evaluation.resources import resources_of
from joust_kit.errors import Unavailable
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


class RankDrop(Command):
    """The drop to rank."""

    drop_id: UUID


@job(
    RankDrop,
    queue="rank_drop",
    max_workers=2,
    max_attempts=10,
    lease_seconds=30,
    renews_lease=True,
    first_delay_seconds=0.5,
    max_delay_seconds=30,
)
async def rank_drop(body: RankDrop, context: JobContext) -> None:
    """Bring the ranking to its end, or raise ``JudgeUnavailable`` to be run again."""
    async with context.database.reading() as session:
        ranking = await repository.find(session, body.drop_id)
    if ranking is None or ranking.status is not RankingStatus.QUEUED:
        return
    try:
        comparison = await _compare(ranking, context)
    except JudgeUnavailable as error:
        log.warning("drop was not ranked", drop_id=str(body.drop_id), reason=str(error))
        if not context.is_last_attempt:
            raise
        await _fail(body.drop_id, f"{error} (given up after {context.attempt} attempts)", context)
        return
    if __debug__:
        failpoint("after_drop_is_judged_before_its_ranks")
    await _complete(body.drop_id, ranked(ranking.handed_in(), comparison.opinions), comparison, context)


async def _compare(ranking: DropRanking, context: JobContext) -> Comparison:
    resources = resources_of(context)
    comparer = resources.judge if isinstance(resources.judge, Comparer) else OfflineJudge()
    try:
        entries = await read_entries(
            ranking.handed_in(), resources.storage, max_characters=resources.limits.max_characters
        )
        async with asyncio.timeout(resources.judgement_seconds):
            return await comparer.compare(ComparisonRequest(ranking.prompt, entries))
    except TimeoutError as error:
        raise JudgeUnavailable("The judge did not answer in time.") from error
    except Unavailable as error:
        raise JudgeUnavailable("The storage of files does not answer.") from error


async def _complete(
    drop_id: UUID, ranks: tuple[RankedSubmission, ...], comparison: Comparison, context: JobContext
) -> None:
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        ranking = await repository.lock(unit.session, drop_id)
        if ranking is not None and ranking.status is RankingStatus.QUEUED:
            ranking.asked = [
                {"instructions": each.instructions, "text": each.text} for each in comparison.prompts
            ]
            unit.emit(ranking.complete(ranks, comparison.judge, unit.now))


async def _fail(drop_id: UUID, reason: str, context: JobContext) -> None:
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        ranking = await repository.lock(unit.session, drop_id)
        if ranking is not None and ranking.status is RankingStatus.QUEUED:
            unit.emit(ranking.fail(reason, unit.now))
