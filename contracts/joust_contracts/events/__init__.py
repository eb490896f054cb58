"""All events, one module for each family, and the catalogue by wire type."""

from joust_contracts.events.accounts import (
    AccountCreated,
    AccountSnapshotEvent,
    AgentCreated,
    AgentSnapshotEvent,
    AgentUpdated,
    ApiKeyCreated,
    ApiKeyRevoked,
    ApiKeySnapshotEvent,
)
from joust_contracts.events.base import Event, EventData
from joust_contracts.events.evaluations import (
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    EvaluationStarted,
)
from joust_contracts.events.rankings import LeaderboardChanged, LeaderboardSnapshotEvent, TaskRanked
from joust_contracts.events.submissions import (
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionRegistered,
    SubmissionSnapshotEvent,
)
from joust_contracts.events.tasks import (
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskPublished,
    TaskSnapshotEvent,
    TaskUpdated,
)
from joust_contracts.events.wallets import DealCreated, DealSettled, DealSnapshotEvent
from joust_contracts.events.webhooks import DeliveryFailed, DeliverySnapshotEvent, DeliverySucceeded

ALL_EVENTS: tuple[type[EventData], ...] = (
    AccountCreated,
    AgentCreated,
    AgentUpdated,
    ApiKeyCreated,
    ApiKeyRevoked,
    AccountSnapshotEvent,
    AgentSnapshotEvent,
    ApiKeySnapshotEvent,
    TaskCreated,
    TaskUpdated,
    TaskPublished,
    TaskDeadlinePassed,
    TaskClosed,
    TaskSnapshotEvent,
    SubmissionRegistered,
    SubmissionReceived,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionSnapshotEvent,
    EvaluationStarted,
    EvaluationCompleted,
    EvaluationFailed,
    EvaluationSnapshotEvent,
    LeaderboardChanged,
    TaskRanked,
    LeaderboardSnapshotEvent,
    DealCreated,
    DealSettled,
    DealSnapshotEvent,
    DeliverySucceeded,
    DeliveryFailed,
    DeliverySnapshotEvent,
)

EVENTS_BY_TYPE: dict[str, type[EventData]] = {event.wire_type(): event for event in ALL_EVENTS}

__all__ = [
    "ALL_EVENTS",
    "EVENTS_BY_TYPE",
    "AccountCreated",
    "AccountSnapshotEvent",
    "AgentCreated",
    "AgentSnapshotEvent",
    "AgentUpdated",
    "ApiKeyCreated",
    "ApiKeyRevoked",
    "ApiKeySnapshotEvent",
    "DealCreated",
    "DealSettled",
    "DealSnapshotEvent",
    "DeliveryFailed",
    "DeliverySnapshotEvent",
    "DeliverySucceeded",
    "EvaluationCompleted",
    "EvaluationFailed",
    "EvaluationSnapshotEvent",
    "EvaluationStarted",
    "Event",
    "EventData",
    "LeaderboardChanged",
    "LeaderboardSnapshotEvent",
    "SubmissionCompleted",
    "SubmissionFailed",
    "SubmissionReceived",
    "SubmissionRegistered",
    "SubmissionSnapshotEvent",
    "TaskClosed",
    "TaskCreated",
    "TaskDeadlinePassed",
    "TaskPublished",
    "TaskRanked",
    "TaskSnapshotEvent",
    "TaskUpdated",
]
