"""Deeds that follow on final ranks."""

from joust_contracts.events import Event, LeaderboardSnapshotEvent, TaskRanked
from joust_evaluation.pairs.commands import queue_comparison
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles


@handles(TaskRanked)
async def queue_comparison_on_task_ranked(event: Event[TaskRanked], unit: UnitOfWork) -> None:
    """The ranks are final, as far as is known: look again at the best two before anybody is paid."""
    await queue_comparison(unit, event.data.task_id, event.data.podium)


@handles(LeaderboardSnapshotEvent)
async def queue_comparison_on_leaderboard_snapshot(
    event: Event[LeaderboardSnapshotEvent], unit: UnitOfWork
) -> None:
    """Compare what the topics may have lost."""
    if event.data.is_final:
        await queue_comparison(unit, event.data.task_id, event.data.podium)
