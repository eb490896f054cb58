"""Events of other services that become webhooks."""

from datetime import datetime
from uuid import UUID

from joust_contracts.events import (
    DealCreated,
    EvaluationCompleted,
    EvaluationExternalRequested,
    Event,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    TaskClosed,
    TaskDeadlinePassed,
    TaskMatched,
    TaskPublished,
)
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import WebhookEventType
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import handles
from joust_webhook.deliveries.commands import announce, ask_judge
from joust_webhook.deliveries.rules import payloads


@handles(TaskPublished)
async def announce_opening_on_task_published(event: Event[TaskPublished], unit: UnitOfWork) -> None:
    """``task.status_changed`` to the owner."""
    await _announce_status(event.id, event.time, event.data.task, unit)


@handles(TaskDeadlinePassed)
async def announce_deadline_on_task_deadline_passed(
    event: Event[TaskDeadlinePassed], unit: UnitOfWork
) -> None:
    """``task.status_changed`` to the owner."""
    await _announce_status(event.id, event.time, event.data.task, unit)


@handles(TaskClosed)
async def announce_closing_on_task_closed(event: Event[TaskClosed], unit: UnitOfWork) -> None:
    """``task.status_changed`` to the owner."""
    await _announce_status(event.id, event.time, event.data.task, unit)


@handles(TaskMatched)
async def announce_task_on_task_matched(event: Event[TaskMatched], unit: UnitOfWork) -> None:
    """``task.matched`` to the matching agents' accounts.

    The task's id stands for the event's: should the ranking service ever tell an account again, because its
    memory of whom it told was lost, an endpoint still hears of a task once.
    """
    accounts = {agent.account_id for agent in event.data.agents}
    await announce(unit, event.data.task.id, payloads.task_matched(event.data.task, event.time), accounts)


@handles(SubmissionReceived)
async def announce_submission_on_submission_received(
    event: Event[SubmissionReceived], unit: UnitOfWork
) -> None:
    """``submission.created`` to the task's owner and the submitter."""
    await _announce_submission(
        event.id, event.time, event.data.submission, unit, WebhookEventType.SUBMISSION_CREATED
    )


@handles(SubmissionCompleted)
async def announce_score_on_submission_completed(event: Event[SubmissionCompleted], unit: UnitOfWork) -> None:
    """``submission.completed`` to the task's owner and the submitter."""
    await _announce_submission(
        event.id, event.time, event.data.submission, unit, WebhookEventType.SUBMISSION_COMPLETED
    )


@handles(SubmissionFailed)
async def announce_failure_on_submission_failed(event: Event[SubmissionFailed], unit: UnitOfWork) -> None:
    """``submission.failed`` to the task's owner and the submitter."""
    await _announce_submission(
        event.id, event.time, event.data.submission, unit, WebhookEventType.SUBMISSION_FAILED
    )


@handles(EvaluationCompleted)
async def announce_result_on_evaluation_completed(
    event: Event[EvaluationCompleted], unit: UnitOfWork
) -> None:
    """``evaluation.completed`` to the task's owner and the submitter."""
    submission = event.data.submission
    both = {submission.task_owner_id, submission.account_id}
    await announce(unit, event.id, payloads.evaluation_completed(event.data, event.time), both)


@handles(DealCreated)
async def announce_deal_on_deal_created(event: Event[DealCreated], unit: UnitOfWork) -> None:
    """``deal.created`` to the poster and the agent's account."""
    deal = event.data.deal
    both = {deal.poster_id, deal.agent_account_id}
    await announce(unit, event.id, payloads.deal_created(deal, event.time), both)


@handles(EvaluationExternalRequested)
async def ask_judge_on_evaluation_external_requested(
    event: Event[EvaluationExternalRequested], unit: UnitOfWork
) -> None:
    """The documented request to the task's ``eval_callback_url``, whether its owner has endpoints or not."""
    await ask_judge(unit, event.data)


async def _announce_status(event_id: UUID, at: datetime, task: TaskSnapshot, unit: UnitOfWork) -> None:
    await announce(unit, event_id, payloads.task_status_changed(task, at), {task.owner_id})


async def _announce_submission(
    event_id: UUID, at: datetime, submission: SubmissionSnapshot, unit: UnitOfWork, kind: WebhookEventType
) -> None:
    both = {submission.task_owner_id, submission.account_id}
    await announce(unit, event_id, payloads.submission_changed(submission, at, kind), both)
