"""Deeds that follow on the events of submissions to drops."""

from joust_contracts.events import DropSubmissionsSealed, DropSubmissionsSnapshotEvent, Event
from joust_evaluation.drops.commands import queue_ranking
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles


@handles(DropSubmissionsSealed)
async def queue_ranking_on_drop_submissions_sealed(
    event: Event[DropSubmissionsSealed], unit: UnitOfWork
) -> None:
    """All that was handed in is known, and is due to be judged."""
    await queue_ranking(unit, event.data.drop_id, event.data.prompt, event.data.submissions)


@handles(DropSubmissionsSnapshotEvent)
async def queue_ranking_on_drop_submissions_snapshot(
    event: Event[DropSubmissionsSnapshotEvent], unit: UnitOfWork
) -> None:
    """Judge what the topics may have lost."""
    if event.data.sealed_at is not None:
        await queue_ranking(unit, event.data.drop_id, event.data.prompt, event.data.submissions)
