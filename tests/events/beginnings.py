"""What a service had decided by itself before others answered, taken from the recording."""

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from joust_contracts.events import (
    CompetitionAwarded,
    CompetitionEntrantReleased,
    CompetitionEntryCreated,
    CompetitionExpired,
    CompetitionPublished,
    DropCancelled,
    DropClosed,
    DropCreated,
    DropSubmissionReceived,
    DropSubmissionsSealed,
    DropUpdated,
    SubmissionReceived,
    SubmissionReEvalRequested,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskPublished,
    TaskRefundRequested,
)
from joust_contracts.events.audience import accounts_told_of
from joust_contracts.events.base import EventData
from joust_contracts.events.drops import DropSnapshot
from joust_contracts.events.fundings import FundingSnapshot
from joust_contracts.events.submissions import SubmissionEvent
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import (
    BudgetStatus,
    DropStatus,
    PostedKind,
    PrizeStatus,
    WebhookEventType,
)
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.envelope import decode
from joust_submission.drops.models import DropEntries, DropSubmission
from joust_submission.submissions.models import Submission
from joust_task.budgets.models import Budget
from joust_task.competition_entries.models import CompetitionEntry
from joust_task.competitions.models import Competition
from joust_task.drops.models import Claim, Drop
from joust_task.fundings.models import Funding
from joust_task.tasks.models import Task
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger.commands import post
from joust_webhook.endpoints.models import Endpoint
from tests.events.recording import recorded

E = TypeVar("E", bound=EventData)

IN_A_LONG_TIME = datetime(2100, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def write_own_rows(name: ServiceName, unit: UnitOfWork) -> None:
    """Write what the service itself is the source of."""
    match name:
        case ServiceName.TASK:
            posted = [*_tasks(), *_budgets(), *_drops(), *_competitions(), *_entries()]
            rows = [*posted, *map(_funding, _fundings().values())]
        case ServiceName.SUBMISSION:
            rows = [*_submissions(), *_handed_in()]
        case ServiceName.WEBHOOK:
            rows = _endpoints()
        case ServiceName.WALLET:
            await _deposit(unit)
            return
        case _:
            return
    for row in rows:  # those that others refer to come before them
        unit.session.add(row)
        await unit.session.flush()


def _tasks() -> list[Any]:
    """The newest state before the ranking's answer, or before the wallet's to whoever asked for a budget."""
    tasks = {data.task.id: data.task for data in told(TaskPublished) if not data.task.escrow}
    tasks |= {data.task.id: data.task for data in told(TaskDeadlinePassed)}
    awaiting = {data.task.id: data.task for data in told(TaskCreated) if data.task.id in _asked()}
    closed = {data.task.id: data.task for data in told(TaskClosed) if data.task.escrow}
    return [
        Task.model_validate(
            {**task.model_dump(mode="json"), "awaits_budget": task.id in awaiting.keys() - closed}
        )
        for task in (tasks | awaiting | closed).values()
    ]


def _budgets() -> list[Any]:
    """Asked for and not answered; of closed tasks under review, or decided by the task service alone."""
    closed = {data.task.id for data in told(TaskClosed)}
    decided = {data.funding.subject_id for data in (*told(TaskRefundRequested), *told(TaskPayoutRequested))}
    budgets = [funding for funding in _asked().values() if funding.kind is PostedKind.TASK]
    return [_budget(funding, closed, decided) for funding in budgets]


def _budget(funding: FundingSnapshot, closed: Collection[UUID], decided: Collection[UUID]) -> Budget:
    budget = Budget(
        task_id=funding.subject_id,
        status=BudgetStatus.PENDING,
        amount_cents=funding.amount_cents,
        currency=funding.currency,
        review_seconds=0,
        funding_version=funding.version,
        compares_best=True,
        comparisons=[],
        payouts=[],
    )
    if funding.subject_id in decided:
        budget.status, budget.settles_at, budget.ranks = BudgetStatus.SETTLING, LONG_AGO, []
    elif funding.subject_id in closed:
        budget.status, budget.settles_at = BudgetStatus.HELD, IN_A_LONG_TIME
    return budget


def _ended_by_their_senders() -> set[UUID]:
    return {data.drop.id for data in told(DropCancelled)} - {data.drop.id for data in told(DropClosed)}


def _drops() -> list[Any]:
    """Drops when they closed, or were cancelled before that; those that stay open, before they were held."""
    drops = {data.drop.id: data.drop for data in told(DropCreated)}
    waiting = [data.drop for data in told(DropUpdated) if data.drop.status is DropStatus.PENDING_PAYMENT]
    drops |= {drop.id: drop for drop in waiting}
    drops |= {data.drop.id: data.drop for data in told(DropCancelled)}
    drops |= {data.drop.id: data.drop for data in told(DropClosed)}
    return [row for drop in drops.values() for row in _drop(drop)]


def _drop(drop: DropSnapshot) -> list[Any]:
    asked = {"env_vars": {}, "places_taken": len(drop.claims), "funding_version": _asked()[drop.id].version}
    fields = drop.model_dump(mode="json", exclude={"claims"})
    claims = [
        {**claim.model_dump(mode="json"), "drop_id": drop.id, "created_at": LONG_AGO} for claim in drop.claims
    ]
    return [Drop.model_validate({**fields, **asked}), *map(Claim.model_validate, claims)]


def _competitions() -> list[Any]:
    """When a winner was chosen, or could not be any more, and before the wallet had said a word; those that go on
    when somebody had joined."""
    going_on = [data.competition for data in told(CompetitionPublished) if data.competition.id in _left()]
    ended = [data.competition for data in (*told(CompetitionAwarded), *told(CompetitionExpired))]
    unheard = {"prize_status": PrizeStatus.REQUESTED, "available_cents": None, "escrow_version": 0}
    joined = Counter(entry.competition_id for entry in _entries())
    return [
        Competition.model_validate(
            {**competition.model_dump(mode="json"), **unheard, "entrants": joined[competition.id]}
        )
        for competition in {each.id: each for each in (*going_on, *ended)}.values()
    ]


def _left() -> set[UUID]:
    """Competitions that somebody was let go from."""
    return {data.entrant.competition_id for data in told(CompetitionEntrantReleased)}


def _entries() -> list[CompetitionEntry]:
    """As they were when nobody had left; of those who came again since they did."""
    newest = {data.entry.id: data.entry for data in told(CompetitionEntryCreated)}
    return [
        CompetitionEntry.model_validate(entry.model_dump(mode="json"))
        for entry in newest.values()
        if entry.competition_id in _left()
    ]


def _asked() -> dict[UUID, FundingSnapshot]:
    return {data.funding.subject_id: data.funding for data in told(TaskFundingRequested)}


def _fundings() -> dict[UUID, FundingSnapshot]:
    """By subject: what was asked to be held, and not yet what followed on answers; of what was ended by people
    or by its time, what they wanted in the end."""
    ends = {
        data.funding.subject_id: data.funding
        for data in (*told(TaskRefundRequested), *told(TaskPayoutRequested))
    }
    of_others = {id for id, funding in ends.items() if funding.kind is not PostedKind.DROP}
    return _asked() | {subject: ends[subject] for subject in _ended_by_their_senders() | of_others}


def _funding(funding: FundingSnapshot) -> Funding:
    return Funding.model_validate(funding.model_dump(mode="json"))


def _submissions() -> list[Any]:
    begun = {data.submission.id: data for data in told(SubmissionReceived)}
    begun |= {data.submission.id: data for data in told(SubmissionReEvalRequested)}
    return [_submission(data) for data in begun.values()]


def _submission(data: SubmissionEvent) -> Submission:
    fields = data.submission.model_dump(mode="json", exclude={"final_score"})
    asked_at = LONG_AGO if data.submission.iteration > 1 else None
    return Submission.model_validate({**fields, "re_eval_requested_at": asked_at})


def _handed_in() -> list[Any]:
    """What was handed in to drops before they were sealed."""
    places = {data.drop.id: data.drop.max_claims for data in told(DropCreated)}
    newest = {data.drop_id: data for data in told(DropSubmissionReceived)}
    entries = [
        DropEntries(
            drop_id=drop_id,
            version=data.version,
            places=places[drop_id],
            submissions_count=data.submissions_count,
        )
        for drop_id, data in newest.items()
    ]
    submissions = [
        DropSubmission.model_validate(
            {**submission.model_dump(mode="json", exclude={"files"}), "drop_id": sealed.drop_id}
        )
        for sealed in told(DropSubmissionsSealed)
        for submission in sealed.submissions
    ]
    return [*entries, *submissions]


def _endpoints() -> list[Any]:
    accounts = {account for message in recorded() for account in accounts_told_of(decode(message).data)}
    return [_endpoint(account) for account in sorted(accounts)]


def _endpoint(account: UUID) -> Endpoint:
    return Endpoint(
        id=account,
        account_id=account,
        url="https://example.com/",
        events=[kind.value for kind in WebhookEventType],
        secret_encrypted=b"secret",
        created_at=LONG_AGO,
    )


async def _deposit(unit: UnitOfWork) -> None:
    """All that was ever wanted, so that no order of wishes lacks money."""
    for funding in _asked().values():
        await post(unit, funding_of(funding.id, funding.payer_id, funding.amount_cents, funding.currency))


def told(kind: type[E]) -> list[Any]:
    """What events of a kind said, in their order."""
    return [decode(message).data for message in recorded() if message.wire_type == kind.wire_type()]
