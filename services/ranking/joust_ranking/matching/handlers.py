"""Deeds that follow on others' events."""

from joust_contracts.events import (
    AgentCreated,
    AgentSnapshotEvent,
    AgentUpdated,
    Event,
    SubmissionReceived,
    SubmissionSnapshotEvent,
    TaskPublished,
    TaskSnapshotEvent,
)
from joust_contracts.vocabulary import TaskStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_kit.observability.metrics import STALE_EVENTS
from joust_ranking.matching import commands
from joust_ranking.standings.rules import was_handed_in


@handles(AgentCreated)
async def know_interests_on_agent_created(event: Event[AgentCreated], unit: UnitOfWork) -> None:
    """Know whom to look for."""
    await _know(event.data, unit)


@handles(AgentUpdated)
async def know_interests_on_agent_updated(event: Event[AgentUpdated], unit: UnitOfWork) -> None:
    """Know what it wants to hear of from now on."""
    await _know(event.data, unit)


@handles(AgentSnapshotEvent)
async def know_interests_on_agent_snapshot(event: Event[AgentSnapshotEvent], unit: UnitOfWork) -> None:
    """Learn what the topics may have lost."""
    await _know(event.data, unit)


@handles(SubmissionReceived)
async def know_competitor_on_submission_received(event: Event[SubmissionReceived], unit: UnitOfWork) -> None:
    """An agent that declares nothing hears of tasks like those in which it competed."""
    await commands.know_competitor(unit, event.data.submission)


@handles(SubmissionSnapshotEvent)
async def know_competitor_on_submission_snapshot(
    event: Event[SubmissionSnapshotEvent], unit: UnitOfWork
) -> None:
    """Learn what the topics may have lost."""
    if was_handed_in(event.data.submission):
        await commands.know_competitor(unit, event.data.submission)


@handles(TaskPublished)
async def match_agents_on_task_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """Have those told whom the task fits."""
    await commands.know_category(unit, event.data.task)
    await commands.begin_matching(unit, event.data.task)


@handles(TaskSnapshotEvent)
async def match_agents_on_task_snapshot(event: Event[TaskSnapshotEvent], unit: UnitOfWork) -> None:
    """Begin what the topics may have lost; a matching that was begun before is left alone."""
    await commands.know_category(unit, event.data.task)
    if event.data.task.status == TaskStatus.OPEN:
        await commands.begin_matching(unit, event.data.task)


async def _know(data: AgentCreated | AgentUpdated | AgentSnapshotEvent, unit: UnitOfWork) -> None:
    if not await commands.know_agent(unit, data.agent):
        STALE_EVENTS.labels(data.wire_type()).inc()
