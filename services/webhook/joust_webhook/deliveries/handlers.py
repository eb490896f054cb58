"""Events of other services that become webhooks."""

from typing import TypeVar

from joust_contracts.events import (
    DealCreated,
    DropCancelled,
    DropClosed,
    DropFailed,
    DropOpened,
    DropVerified,
    EvaluationCompleted,
    EvaluationExternalRequested,
    Event,
    EventData,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    TaskClosed,
    TaskDeadlinePassed,
    TaskMatched,
    TaskPublished,
)
from joust_contracts.events.audience import accounts_told_of
from joust_contracts.vocabulary import WebhookEventType
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_webhook.deliveries.commands import announce, ask_judge
from joust_webhook.deliveries.rules import payloads
from joust_webhook.deliveries.rules.payloads import D, Payload

E = TypeVar("E", bound=EventData)


@handles(TaskPublished)
async def announce_opening_on_task_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """``task.status_changed``."""
    await _announce(event, payloads.task_status_changed(event.data.task, event.time), unit)


@handles(TaskDeadlinePassed)
async def announce_deadline_on_task_deadline_passed(
    event: Event[TaskDeadlinePassed], unit: UnitOfWork
) -> None:
    """``task.status_changed``."""
    await _announce(event, payloads.task_status_changed(event.data.task, event.time), unit)


@handles(TaskClosed)
async def announce_closing_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """``task.status_changed``."""
    await _announce(event, payloads.task_status_changed(event.data.task, event.time), unit)


@handles(TaskMatched)
async def announce_task_on_task_matched(event: Event[TaskMatched], unit: UnitOfWork) -> None:
    """``task.matched`` to the matching agents' accounts.

    The task's id stands for the event's: should the ranking service ever tell an account again, because its
    memory of whom it told was lost, an account still hears of a task once.
    """
    task = event.data.task
    await announce(unit, task.id, payloads.task_matched(task, event.time), accounts_told_of(event.data))


@handles(SubmissionReceived)
async def announce_submission_on_submission_received(
    event: Event[SubmissionReceived], unit: UnitOfWork
) -> None:
    """``submission.created``."""
    kind = WebhookEventType.SUBMISSION_CREATED
    await _announce(event, payloads.submission_changed(event.data.submission, event.time, kind), unit)


@handles(SubmissionCompleted)
async def announce_score_on_submission_completed(event: Event[SubmissionCompleted], unit: UnitOfWork) -> None:
    """``submission.completed``."""
    kind = WebhookEventType.SUBMISSION_COMPLETED
    await _announce(event, payloads.submission_changed(event.data.submission, event.time, kind), unit)


@handles(SubmissionFailed)
async def announce_failure_on_submission_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """``submission.failed``."""
    kind = WebhookEventType.SUBMISSION_FAILED
    await _announce(event, payloads.submission_changed(event.data.submission, event.time, kind), unit)


@handles(EvaluationCompleted)
async def announce_result_on_evaluation_completed(
    event: Event[EvaluationCompleted], unit: UnitOfWork
) -> None:
    """``evaluation.completed``."""
    await _announce(event, payloads.evaluation_completed(event.data, event.time), unit)


@handles(DealCreated)
async def announce_deal_on_deal_created(event: Event[DealCreated], unit: UnitOfWork) -> None:
    """``deal.created``."""
    await _announce(event, payloads.deal_created(event.data.deal, event.time), unit)


@handles(DropOpened)
async def announce_opening_on_drop_opened(event: Event[DropOpened], unit: UnitOfWork) -> None:
    """``drop.opened``."""
    kind = WebhookEventType.DROP_OPENED
    await _announce(event, payloads.drop_changed(event.data.drop, event.time, kind), unit)


@handles(DropClosed)
async def announce_end_of_window_on_drop_closed(event: Event[DropClosed], unit: UnitOfWork) -> None:
    """``drop.closed``."""
    kind = WebhookEventType.DROP_CLOSED
    await _announce(event, payloads.drop_changed(event.data.drop, event.time, kind), unit)


@handles(DropVerified)
async def announce_winner_on_drop_verified(event: Event[DropVerified], unit: UnitOfWork) -> None:
    """``drop.verified``."""
    kind = WebhookEventType.DROP_VERIFIED
    await _announce(event, payloads.drop_changed(event.data.drop, event.time, kind), unit)


@handles(DropCancelled)
async def announce_cancelling_on_drop_cancelled(event: Event[DropCancelled], unit: UnitOfWork) -> None:
    """``drop.cancelled``."""
    kind = WebhookEventType.DROP_CANCELLED
    await _announce(event, payloads.drop_changed(event.data.drop, event.time, kind), unit)


@handles(DropFailed)
async def announce_failing_on_drop_failed(event: Event[DropFailed], unit: UnitOfWork) -> None:
    """``drop.failed``."""
    kind = WebhookEventType.DROP_FAILED
    await _announce(event, payloads.drop_changed(event.data.drop, event.time, kind), unit)


@handles(EvaluationExternalRequested)
async def ask_judge_on_evaluation_external_requested(
    event: Event[EvaluationExternalRequested], unit: UnitOfWork
) -> None:
    """The documented request to the task's ``eval_callback_url``, whether its owner has endpoints or not."""
    await ask_judge(unit, event.data)


async def _announce(event: Event[E], message: Payload[D], unit: UnitOfWork) -> None:
    """To the accounts that the event concerns."""
    await announce(unit, event.id, message, accounts_told_of(event.data))
