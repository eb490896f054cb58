"""The wiring of the service."""

from joust_contracts.events import (
    CompetitionAnnounced,
    CompetitionAwarded,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionExpired,
    CompetitionPublished,
    CompetitionSelectionReminded,
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
    CompetitionSubmissionsClosed,
    CompetitionUpdated,
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
from joust_contracts.vocabulary import WebhookEventType
from joust_webhook.deliveries.handlers import TOLD_BY_NAME
from joust_webhook.subscriptions import SUBSCRIPTIONS


def test_each_event_is_taken_in_by_one_handler() -> None:
    taken = [handler.event for handler in SUBSCRIPTIONS.handlers]
    assert len(taken) == len(set(taken))
    assert set(taken) == {
        *(TaskPublished, TaskDeadlinePassed, TaskClosed, DealCreated, EvaluationCompleted),
        *(SubmissionReceived, SubmissionCompleted, SubmissionFailed, TaskMatched),
        *(DropOpened, DropClosed, DropVerified, DropCancelled, DropFailed),
        *(CompetitionPublished, CompetitionUpdated, CompetitionSubmissionsClosed),
        *(CompetitionSelectionReminded, CompetitionAwarded, CompetitionExpired, CompetitionAnnounced),
        *(CompetitionEntryCreated, CompetitionEntryEnded),
        *(CompetitionSubmissionReceived, CompetitionSubmissionRetracted, CompetitionSubmissionReviewed),
        EvaluationExternalRequested,
    }


def test_what_is_told_by_its_name_has_a_message_of_that_name() -> None:
    assert {kind.subject_happened for kind in TOLD_BY_NAME} <= set(WebhookEventType)


def test_the_service_tells_only_about_deliveries_and_their_receivers() -> None:
    assert set(SUBSCRIPTIONS.emits) == {
        DeliverySucceeded,
        DeliveryFailed,
        DeliverySnapshotEvent,
        EndpointDisabled,
        JudgeUnreached,
    }
    assert all(event.source == SUBSCRIPTIONS.service for event in SUBSCRIPTIONS.emits)
