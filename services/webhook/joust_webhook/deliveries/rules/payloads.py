"""Messages made from events of other services."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.events import CompetitionAnnounced, DealCreated, EvaluationCompleted, Event, EventData
from joust_contracts.events.competition_submissions import (
    CompetitionSubmissionEvent,
    CompetitionSubmissionSnapshot,
)
from joust_contracts.events.competitions import (
    CompetitionEntryEvent,
    CompetitionEntrySnapshot,
    CompetitionEvent,
    CompetitionSnapshot,
)
from joust_contracts.events.drops import DropEvent, DropSnapshot
from joust_contracts.events.rankings import MatchedTask
from joust_contracts.events.submissions import SubmissionEvent, SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import WebhookEventType
from joust_contracts.webhook_messages import (
    TRIAL,
    About,
    CompetitionData,
    CompetitionEntryData,
    CompetitionSubmissionData,
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


def by_its_name(event: Event[EventData]) -> Payload[About]:
    """For those whom the event concerns: a message whose type is the event's name."""
    kind = WebhookEventType(event.data.subject_happened)
    return Payload(type=kind, timestamp=event.time, data=said_by(event.data))


def announced(event: Event[CompetitionAnnounced]) -> Payload[CompetitionData]:
    """For those who take part in a competition: what its creator was told."""
    kind = WebhookEventType(event.data.fact)
    return Payload(type=kind, timestamp=event.time, data=_competition(event.data.competition))


def submission_created(submission: SubmissionSnapshot, at: datetime) -> Payload[SubmissionData]:
    """For the owner and the submitter: it is complete."""
    kind = WebhookEventType.SUBMISSION_CREATED
    return Payload(type=kind, timestamp=at, data=_submission(submission))


def said_by(data: EventData) -> About:
    """What a message tells of an event, in public words. Raises ``TypeError`` for one that has no message."""
    match data:
        case SubmissionEvent():
            return _submission(data.submission)
        case EvaluationCompleted():
            return _evaluation(data)
        case DealCreated():
            return _deal(data.deal)
        case DropEvent():
            return _drop(data.drop)
        case CompetitionEvent() | CompetitionEntryEvent() | CompetitionSubmissionEvent():
            return _of_competition(data)
        case _:
            raise TypeError(f"{data.subject_happened} becomes no message")


def _of_competition(data: CompetitionEvent | CompetitionEntryEvent | CompetitionSubmissionEvent) -> About:
    match data:
        case CompetitionEvent():
            return _competition(data.competition)
        case CompetitionEntryEvent():
            return _entry(data.entry)
        case CompetitionSubmissionEvent():
            return _work(data.submission)


def _submission(submission: SubmissionSnapshot) -> SubmissionData:
    return SubmissionData(
        submission_id=submission.id, **submission.model_dump(include=set(SubmissionData.model_fields))
    )


def _evaluation(evaluation: EvaluationCompleted) -> EvaluationData:
    return EvaluationData(
        evaluation_id=evaluation.evaluation_id,
        submission_id=evaluation.submission.id,
        task_id=evaluation.submission.task_id,
        final_score=evaluation.judgement.final_score,
        eval_mode=evaluation.eval_mode,
        dimensions=evaluation.judgement.dimensions,
    )


def _deal(deal: DealSnapshot) -> DealData:
    return DealData(
        deal_id=deal.id,
        task_id=deal.task_id,
        company_id=deal.poster_id,
        agent_id=deal.agent_id,
        deal_type=deal.deal_type,
        deal_value_cents=deal.value_cents,
        platform_fee_cents=deal.platform_fee_cents,
        status=deal.status,
    )


def _drop(drop: DropSnapshot) -> DropData:
    won = drop.result
    return DropData(
        job_id=drop.id,
        claims_count=len(drop.claims),
        grade=None if won is None else won.grade,
        winner_user_id=None if won is None else won.account_id,
        winning_submission_id=None if won is None else won.submission_id,
        **drop.model_dump(include=set(DropData.model_fields)),
    )


def _competition(competition: CompetitionSnapshot) -> CompetitionData:
    won = competition.winner
    return CompetitionData(
        competition_id=competition.id,
        prize_amount=competition.prize_cents,
        prize_currency=competition.currency,
        winner_selection_deadline=competition.winner_deadline,
        winner_id=None if won is None else won.account_id,
        winning_submission_id=None if won is None else won.submission_id,
        **competition.model_dump(include=set(CompetitionData.model_fields)),
    )


def _entry(entry: CompetitionEntrySnapshot) -> CompetitionEntryData:
    return CompetitionEntryData(
        entry_id=entry.id,
        entrant_id=entry.account_id,
        left_at=entry.ended_at,
        **entry.model_dump(include=set(CompetitionEntryData.model_fields)),
    )


def _work(work: CompetitionSubmissionSnapshot) -> CompetitionSubmissionData:
    return CompetitionSubmissionData(
        submission_id=work.id,
        entrant_id=work.account_id,
        **work.model_dump(include=set(CompetitionSubmissionData.model_fields)),
    )


def trial(webhook_id: UUID, at: datetime) -> TrialPayload:
    """For the owner of a webhook who tries it."""
    return TrialPayload(timestamp=at, data=TestData(webhook_id=webhook_id))
