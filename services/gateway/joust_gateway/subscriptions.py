"""What the gateway tells, and what it listens to for streams and keys."""

from joust_contracts.events import (
    AccountCreated,
    AccountSnapshotEvent,
    AgentCreated,
    AgentSnapshotEvent,
    AgentUpdated,
    ApiKeyCreated,
    ApiKeyRevoked,
    ApiKeySnapshotEvent,
    CompetitionPublished,
    CompetitionUpdated,
    DealCreated,
    DropCancelled,
    DropClosed,
    DropFailed,
    DropOpened,
    DropUpdated,
    DropVerified,
    EvaluationCompleted,
    EvaluationStarted,
    EventData,
    LeaderboardChanged,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    SubmissionReEvalRequested,
    SubmissionRegistered,
    TaskClosed,
    TaskDeadlinePassed,
    TaskMatched,
    TaskPublished,
    TaskUpdated,
)
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions

SUBSCRIPTIONS = Subscriptions(
    service=ServiceName.GATEWAY,
    handlers=(),
    emits=(
        AccountCreated,
        AgentCreated,
        AgentUpdated,
        ApiKeyCreated,
        ApiKeyRevoked,
        AccountSnapshotEvent,
        AgentSnapshotEvent,
        ApiKeySnapshotEvent,
    ),
)

STREAMED: tuple[type[EventData], ...] = (
    SubmissionRegistered,
    SubmissionReceived,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReEvalRequested,
    EvaluationStarted,
    TaskUpdated,
    TaskPublished,
    TaskDeadlinePassed,
    TaskClosed,
    CompetitionPublished,
    CompetitionUpdated,
    LeaderboardChanged,
    EvaluationCompleted,
    TaskMatched,
    DealCreated,
    DropUpdated,
    DropOpened,
    DropClosed,
    DropVerified,
    DropCancelled,
    DropFailed,
    ApiKeyRevoked,
)
"""Read as a broadcast by every process, from now on; nothing is kept of them."""

STREAMED_TOPICS = sorted({event.source.topic for event in STREAMED})
