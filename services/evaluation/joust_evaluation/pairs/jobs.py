"""The job that compares a pair: read, judge outside of any transaction, write the outcome once.

It may run twice, and two workers may run it at the same time; the pair is unique in its table, so one outcome
is written and told. Payouts wait for it, so it always comes to an end.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from joust_contracts.base import Command
from joust_contracts.events import PairwiseComparisonCompleted
from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.events.submissions import Artifact
from joust_evaluation.evaluations.fetching import Unreachable, Unusable
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.judges.comparing import Comparer, Comparison
from joust_evaluation.judges.directory import BadArchive
from joust_evaluation.pairs import repository
from joust_evaluation.pairs.models import Attempt, ComparedPair
from joust_evaluation.pairs.reading import request_for
from joust_evaluation.pairs.rules import (
    Pair,
    comparing_version,
    is_decided_by_reading,
    is_published,
    pair_of,
)
from joust_evaluation.resources import resources_of
from joust_evaluation.tasks.models import KnownTask
from joust_kit.failpoints import failpoint
from joust_kit.jobs import JobContext, job
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

Judged = tuple[Comparison, JudgeVersion]
_NO_MODEL = "No language model judges here, and the judge that does gives the same words the same score."


class ComparePair(Command):
    """The pair to compare."""

    task_id: UUID
    first_id: UUID
    second_id: UUID

    @property
    def pair(self) -> Pair:
        """Both submissions."""
        return pair_of(self.first_id, self.second_id)

    def timer_id(self) -> str:
        """Name of this job, which is there once."""
        return f"{self.first_id}:{self.second_id}"


@job(
    ComparePair,
    queue="compare_pair",
    max_workers=2,
    # Some four hours: the review window of a budget, a day by default, bears a provider that is away.
    max_attempts=60,
    lease_seconds=30,
    renews_lease=True,
    first_delay_seconds=0.5,
    max_delay_seconds=300,
)
async def compare_pair(body: ComparePair, context: JobContext) -> None:
    """Bring the comparison to its end, or raise ``JudgeUnavailable`` to be run again."""
    started_at = context.database.clock.now()
    async with context.database.reading() as session:
        task = await repository.known_task(session, body.task_id)
        is_done = await repository.was_compared(session, body.task_id, body.pair)
        artifacts = await repository.artifacts_of(session, body.pair)
    if is_done:
        return
    try:
        outcome = await _compare(task, artifacts, context)
    except JudgeUnavailable as error:
        log.warning("pair was not compared", task_id=str(body.task_id), reason=str(error))
        if not context.is_last_attempt:
            raise
        outcome = f"{error} (given up after {context.attempt} attempts)"
    if __debug__:
        failpoint("after_pair_is_judged_before_its_outcome")
    if outcome is not None:
        await _keep(body, started_at, outcome, context)


async def _compare(
    task: KnownTask | None, artifacts: Sequence[Artifact | None], context: JobContext
) -> Judged | str | None:
    """What the judge said, why it will say nothing, or ``None`` if nobody waits for it."""
    if task is None or not is_published(task):
        raise JudgeUnavailable("The task of these submissions is not known to the judge yet.")
    if not is_decided_by_reading(task):
        return None
    resources = resources_of(context)
    judge = resources.judge
    if judge.identity.model is None or not isinstance(judge, Comparer):
        return _NO_MODEL
    try:
        request = await request_for(task, artifacts, resources)
        async with asyncio.timeout(resources.judgement_seconds):
            return await judge.compare(request), comparing_version(task, judge.identity)
    except (Unusable, BadArchive) as error:
        return f"A submission can't be read any more: {error}"
    except Unreachable as error:
        raise JudgeUnavailable(str(error)) from error
    except TimeoutError as error:
        raise JudgeUnavailable("The judge did not answer in time.") from error


async def _keep(body: ComparePair, started_at: datetime, outcome: Judged | str, context: JobContext) -> None:
    async with context.database.transaction(correlation_id=context.correlation_id) as unit:
        attempt = Attempt(unit.new_id(), body.task_id, body.pair, started_at, unit.now)
        if isinstance(outcome, str):
            compared = ComparedPair.left(attempt, outcome)
        else:
            compared = ComparedPair.judged(attempt, *outcome)
        if await repository.add(unit.session, compared):
            unit.emit(PairwiseComparisonCompleted(comparison=compared.told()))
