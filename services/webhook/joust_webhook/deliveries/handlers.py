"""Events of other services that become webhooks."""

from typing import Any

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
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.subscriptions import Handler, handles
from joust_webhook.deliveries.commands import announce, ask_judge
from joust_webhook.deliveries.rules import payloads
from joust_webhook.deliveries.rules.payloads import D, Payload

TOLD_BY_NAME: tuple[type[EventData], ...] = (
    SubmissionCompleted,
    SubmissionFailed,
    EvaluationCompleted,
    DealCreated,
    DropOpened,
    DropClosed,
    DropVerified,
    DropCancelled,
    DropFailed,
    CompetitionPublished,
    CompetitionUpdated,
    CompetitionSubmissionsClosed,
    CompetitionSelectionReminded,
    CompetitionAwarded,
    CompetitionExpired,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
)
"""Events that become messages of the same name, to the accounts that they concern."""


def _announces(kind: type[EventData]) -> Handler[Any]:
    async def announce_by_name(event: Event[EventData], unit: UnitOfWork) -> None:
        await _announce(event, payloads.by_its_name(event), unit)

    announce_by_name.__name__ = f"announce_on_{kind.subject_happened.replace('.', '_')}"
    announce_by_name.__doc__ = f"``{kind.subject_happened}``."
    return handles(kind)(announce_by_name)


ANNOUNCE_BY_NAME = tuple(map(_announces, TOLD_BY_NAME))


@handles(CompetitionAnnounced)
async def announce_to_entrants_on_competition_announced(
    event: Event[CompetitionAnnounced], unit: UnitOfWork
) -> None:
    """To those who take part, what its creator was told."""
    await _announce(event, payloads.announced(event), unit)


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
    await _announce(event, payloads.submission_created(event.data.submission, event.time), unit)


@handles(EvaluationExternalRequested)
async def ask_judge_on_evaluation_external_requested(
    event: Event[EvaluationExternalRequested], unit: UnitOfWork
) -> None:
    """The documented request to the task's ``eval_callback_url``, whether its owner has endpoints or not."""
    await ask_judge(unit, event.data)


async def _announce(event: Event[Any], message: Payload[D], unit: UnitOfWork) -> None:
    """To the accounts that the event concerns."""
    await announce(unit, event.id, message, accounts_told_of(event.data))
