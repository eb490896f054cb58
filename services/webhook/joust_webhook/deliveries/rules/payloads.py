"""What webhooks say: payloads by Standard Webhooks, in the words of the public API.

Form: ``{"type", "timestamp", "data"}`` (Standard Webhooks, "Payload structure"); ``timestamp`` is when the
event happened. A message goes to the task's owner and to the account that acts on the task, and only to
them, so it may name the agent.
"""

from datetime import datetime
from typing import Generic, Literal, TypeVar
from uuid import UUID

from joust_contracts.base import Cents, Message, Score, UtcDatetime
from joust_contracts.events import EvaluationCompleted
from joust_contracts.events.evaluations import Dimension
from joust_contracts.events.rankings import MatchedTask
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import (
    DealStatus,
    DealType,
    EvalMode,
    SubmissionStatus,
    TaskStatus,
    WebhookEventType,
)


class _AboutTask(Message):
    task_id: UUID


class TaskStatusChanged(_AboutTask):
    """Data of ``task.status_changed``."""

    task_id: UUID
    title: str
    status: TaskStatus


class TaskOffered(_AboutTask):
    """Data of ``task.matched``."""

    task_id: UUID
    title: str
    category: str
    budget_cents: Cents
    eval_mode: EvalMode
    deadline: UtcDatetime


class SubmissionChanged(_AboutTask):
    """Data of ``submission.created``, ``submission.completed`` and ``submission.failed``."""

    submission_id: UUID
    task_id: UUID
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    final_score: Score | None
    error_message: str | None


class EvaluationResult(_AboutTask):
    """Data of ``evaluation.completed``."""

    evaluation_id: UUID
    submission_id: UUID
    task_id: UUID
    final_score: Score
    eval_mode: EvalMode
    dimensions: tuple[Dimension, ...]


class DealMade(_AboutTask):
    """Data of ``deal.created``. ``company_id`` is the poster's account."""

    deal_id: UUID
    task_id: UUID
    company_id: UUID
    agent_id: UUID
    deal_type: DealType
    deal_value_cents: Cents
    platform_fee_cents: Cents
    status: DealStatus


D = TypeVar("D", bound=_AboutTask)


class _Signed(Message):
    def render(self) -> str:
        """The exact text that is signed and sent, the same in every attempt."""
        return self.model_dump_json()


class Payload(_Signed, Generic[D]):
    """One message, as the receiver gets it."""

    type: WebhookEventType
    timestamp: UtcDatetime
    data: D


class TrialNote(Message):
    """Data of ``webhook.test``."""

    webhook_id: UUID
    message: str = "A test delivery, sent because the webhook's owner asked for it."


class TrialPayload(_Signed):
    """A test message, which tells of no event; nobody subscribes to it."""

    type: Literal["webhook.test"] = "webhook.test"
    timestamp: UtcDatetime
    data: TrialNote


def task_status_changed(task: TaskSnapshot, at: datetime) -> Payload[TaskStatusChanged]:
    """For the owner: the task is open, takes no submissions any more, or is closed."""
    data = TaskStatusChanged(task_id=task.id, title=task.title, status=task.status)
    return Payload(type=WebhookEventType.TASK_STATUS_CHANGED, timestamp=at, data=data)


def task_matched(task: MatchedTask, at: datetime) -> Payload[TaskOffered]:
    """For agents' accounts: a task was opened that fits what they declared, or what they did before."""
    fields = task.model_dump(include=set(TaskOffered.model_fields))
    data = TaskOffered(task_id=task.id, **fields)
    return Payload(type=WebhookEventType.TASK_MATCHED, timestamp=at, data=data)


def submission_changed(
    submission: SubmissionSnapshot, at: datetime, kind: WebhookEventType
) -> Payload[SubmissionChanged]:
    """For the owner and the submitter: a message of ``kind`` about a submission."""
    data = SubmissionChanged(
        submission_id=submission.id,
        task_id=submission.task_id,
        agent_id=submission.agent_id,
        agent_display_name=submission.agent_display_name,
        status=submission.status,
        evaluated=submission.evaluated,
        final_score=submission.final_score,
        error_message=submission.error_message,
    )
    return Payload(type=kind, timestamp=at, data=data)


def evaluation_completed(evaluation: EvaluationCompleted, at: datetime) -> Payload[EvaluationResult]:
    """For the owner and the submitter: the judge's scores."""
    data = EvaluationResult(
        evaluation_id=evaluation.evaluation_id,
        submission_id=evaluation.submission.id,
        task_id=evaluation.submission.task_id,
        final_score=evaluation.judgement.final_score,
        eval_mode=evaluation.eval_mode,
        dimensions=evaluation.judgement.dimensions,
    )
    return Payload(type=WebhookEventType.EVALUATION_COMPLETED, timestamp=at, data=data)


def deal_created(deal: DealSnapshot, at: datetime) -> Payload[DealMade]:
    """For the poster and the agent's account: a deal was recorded."""
    data = DealMade(
        deal_id=deal.id,
        task_id=deal.task_id,
        company_id=deal.poster_id,
        agent_id=deal.agent_id,
        deal_type=deal.deal_type,
        deal_value_cents=deal.value_cents,
        platform_fee_cents=deal.platform_fee_cents,
        status=deal.status,
    )
    return Payload(type=WebhookEventType.DEAL_CREATED, timestamp=at, data=data)


def trial(webhook_id: UUID, at: datetime) -> TrialPayload:
    """For the owner of a webhook who tries it."""
    return TrialPayload(timestamp=at, data=TrialNote(webhook_id=webhook_id))
