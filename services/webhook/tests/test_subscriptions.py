"""The wiring of the service."""

from joust_contracts.events import (
    DealCreated,
    DeliveryFailed,
    DeliverySnapshotEvent,
    DeliverySucceeded,
    DropCancelled,
    DropClosed,
    DropFailed,
    DropOpened,
    DropVerified,
    EndpointDisabled,
    EvaluationCompleted,
    EvaluationExternalRequested,
    JudgeUnreached,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    TaskClosed,
    TaskDeadlinePassed,
    TaskMatched,
    TaskPublished,
)
from joust_webhook.subscriptions import SUBSCRIPTIONS


def test_each_event_is_taken_in_by_one_handler() -> None:
    taken = [handler.event for handler in SUBSCRIPTIONS.handlers]
    assert len(taken) == len(set(taken))
    assert set(taken) == {
        *(TaskPublished, TaskDeadlinePassed, TaskClosed, DealCreated, EvaluationCompleted),
        *(SubmissionReceived, SubmissionCompleted, SubmissionFailed, TaskMatched),
        *(DropOpened, DropClosed, DropVerified, DropCancelled, DropFailed),
        EvaluationExternalRequested,
    }


def test_the_service_tells_only_about_deliveries_and_their_receivers() -> None:
    assert set(SUBSCRIPTIONS.emits) == {
        DeliverySucceeded,
        DeliveryFailed,
        DeliverySnapshotEvent,
        EndpointDisabled,
        JudgeUnreached,
    }
    assert all(event.source == SUBSCRIPTIONS.service for event in SUBSCRIPTIONS.emits)
