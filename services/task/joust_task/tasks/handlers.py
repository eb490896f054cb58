"""Deeds that follow on others' events."""

from joust_contracts.events import Event, LeaderboardSnapshotEvent, TaskRanked
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_task.tasks.commands import close_ranked_task


@handles(TaskRanked)
async def close_task_on_ranked(event: Event[TaskRanked], unit: UnitOfWork) -> None:
    """After the deadline the task closes by itself, once everything was evaluated."""
    await close_ranked_task(unit, event.data.task_id, event.data.version, event.data.podium)


@handles(LeaderboardSnapshotEvent)
async def close_task_on_leaderboard_snapshot(
    event: Event[LeaderboardSnapshotEvent], unit: UnitOfWork
) -> None:
    """Close a task whose final ranks the topics may have lost."""
    if event.data.is_final:
        await close_ranked_task(unit, event.data.task_id, event.data.version, event.data.podium)
