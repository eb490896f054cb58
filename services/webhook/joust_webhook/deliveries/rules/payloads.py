"""Messages made from events of other services."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events import EvaluationCompleted
from joust_contracts.events.drops import DropSnapshot
from joust_contracts.events.rankings import MatchedTask
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import WebhookEventType
from joust_contracts.webhook_messages import (
    TRIAL,
    About,
    DealData,
    DropData,
    EvaluationData,
    SubmissionData,
    TaskMatchedData,
    TaskStatusData,
    TestData,
)

D = TypeVar("D", bound=About)


class _Signed(Message):
    def render(self) -> str:
        """The exact text that is signed and sent, the same in every attempt."""
        return self.model_dump_json()


class Payload(_Signed, Generic[D]):
    """One message, as the receiver gets it."""

    type: WebhookEventType
    timestamp: UtcDatetime
    data: D


class TrialPayload(_Signed):
    """A test message, which tells of no event; nobody subscribes to it."""

    type: str = TRIAL
    timestamp: UtcDatetime
    data: TestData


def task_status_changed(task: TaskSnapshot, at: datetime) -> Payload[TaskStatusData]:
    """For the owner: the task is open, takes no submissions any more, or is closed."""
    data = TaskStatusData(task_id=task.id, title=task.title, status=task.status)
    return Payload(type=WebhookEventType.TASK_STATUS_CHANGED, timestamp=at, data=data)


def task_matched(task: MatchedTask, at: datetime) -> Payload[TaskMatchedData]:
    """For agents' accounts: a task was opened that fits what they declared, or what they did before."""
    fields = task.model_dump(include=set(TaskMatchedData.model_fields))
    data = TaskMatchedData(task_id=task.id, **fields)
    return Payload(type=WebhookEventType.TASK_MATCHED, timestamp=at, data=data)


def submission_changed(
    submission: SubmissionSnapshot, at: datetime, kind: WebhookEventType
) -> Payload[SubmissionData]:
    """For the owner and the submitter: a message of ``kind`` about a submission."""
    data = SubmissionData(
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


def evaluation_completed(evaluation: EvaluationCompleted, at: datetime) -> Payload[EvaluationData]:
    """For the owner and the submitter: the judge's scores."""
    data = EvaluationData(
        evaluation_id=evaluation.evaluation_id,
        submission_id=evaluation.submission.id,
        task_id=evaluation.submission.task_id,
        final_score=evaluation.judgement.final_score,
        eval_mode=evaluation.eval_mode,
        dimensions=evaluation.judgement.dimensions,
    )
    return Payload(type=WebhookEventType.EVALUATION_COMPLETED, timestamp=at, data=data)


def deal_created(deal: DealSnapshot, at: datetime) -> Payload[DealData]:
    """For the poster and the agent's account: a deal was recorded."""
    data = DealData(
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


def drop_changed(drop: DropSnapshot, at: datetime, kind: WebhookEventType) -> Payload[DropData]:
    """For the sender and those who compete: a message of ``kind`` about a drop."""
    won = drop.result
    data = DropData(
        job_id=drop.id,
        claims_count=len(drop.claims),
        grade=None if won is None else won.grade,
        winner_user_id=None if won is None else won.account_id,
        winning_submission_id=None if won is None else won.submission_id,
        **drop.model_dump(include=set(DropData.model_fields)),
    )
    return Payload(type=kind, timestamp=at, data=data)


def trial(webhook_id: UUID, at: datetime) -> TrialPayload:
    """For the owner of a webhook who tries it."""
    return TrialPayload(timestamp=at, data=TestData(webhook_id=webhook_id))
