"""How a comparison begins. It runs in the caller's transaction, which the edge commits."""

from collections.abc import Sequence
from uuid import UUID

from joust_contracts.events.rankings import RankedEntry
from joust_evaluation.pairs import repository
from joust_evaluation.pairs.jobs import ComparePair, compare_pair
from joust_evaluation.pairs.rules import is_decided_by_reading, is_published, pair_of
from joust_kit.database.unit_of_work import UnitOfWork


async def queue_comparison(unit: UnitOfWork, task_id: UUID, podium: Sequence[RankedEntry]) -> None:
    """Have the best two compared, once, if money depends on who of them is ahead.

    Of a task that is not known well enough yet the job finds out.
    """
    if len(podium) < 2:
        return
    task = await repository.known_task(unit.session, task_id)
    if task is not None and is_published(task) and not is_decided_by_reading(task):
        return
    best, next_best = sorted(podium, key=lambda entry: entry.rank)[:2]
    pair = pair_of(best.submission_id, next_best.submission_id)
    if not await repository.was_compared(unit.session, task_id, pair):
        body = ComparePair(task_id=task_id, first_id=pair[0], second_id=pair[1])
        await unit.schedule(compare_pair, body, timer_id=body.timer_id())
