"""All events, one module for each family, and the catalogue by wire type."""

from joust_contracts.events.accounts import AccountCreated, ApiKeyCreated, ApiKeyRevoked
from joust_contracts.events.base import Event, EventData
from joust_contracts.events.evaluations import EvaluationCompleted, EvaluationFailed, EvaluationStarted
from joust_contracts.events.rankings import LeaderboardChanged, TaskRanked
from joust_contracts.events.submissions import SubmissionCompleted, SubmissionFailed, SubmissionReceived
from joust_contracts.events.tasks import TaskClosed, TaskCreated, TaskDeadlinePassed, TaskPublished
from joust_contracts.events.wallets import DealCreated, DealSettled
from joust_contracts.events.webhooks import DeliveryFailed, DeliverySucceeded

ALL_EVENTS: tuple[type[EventData], ...] = (
    AccountCreated,
    ApiKeyCreated,
    ApiKeyRevoked,
    TaskCreated,
    TaskPublished,
    TaskDeadlinePassed,
    TaskClosed,
    SubmissionReceived,
    SubmissionCompleted,
    SubmissionFailed,
    EvaluationStarted,
    EvaluationCompleted,
    EvaluationFailed,
    LeaderboardChanged,
    TaskRanked,
    DealCreated,
    DealSettled,
    DeliverySucceeded,
    DeliveryFailed,
)

EVENTS_BY_TYPE: dict[str, type[EventData]] = {event.wire_type(): event for event in ALL_EVENTS}

__all__ = [
    "ALL_EVENTS",
    "EVENTS_BY_TYPE",
    "AccountCreated",
    "ApiKeyCreated",
    "ApiKeyRevoked",
    "DealCreated",
    "DealSettled",
    "DeliveryFailed",
    "DeliverySucceeded",
    "EvaluationCompleted",
    "EvaluationFailed",
    "EvaluationStarted",
    "Event",
    "EventData",
    "LeaderboardChanged",
    "SubmissionCompleted",
    "SubmissionFailed",
    "SubmissionReceived",
    "TaskClosed",
    "TaskCreated",
    "TaskDeadlinePassed",
    "TaskPublished",
    "TaskRanked",
]
