"""Who is told of an event, by webhook and in the log of events: the accounts that it concerns."""

from uuid import UUID

from joust_contracts.events.base import EventData
from joust_contracts.events.competition_submissions import (
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
)
from joust_contracts.events.competitions import (
    CompetitionAnnounced,
    CompetitionAwarded,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionExpired,
    CompetitionPublished,
    CompetitionSelectionReminded,
    CompetitionSubmissionsClosed,
    CompetitionUpdated,
)
from joust_contracts.events.drops import DropCancelled, DropClosed, DropFailed, DropOpened, DropVerified
from joust_contracts.events.evaluations import EvaluationCompleted
from joust_contracts.events.rankings import TaskMatched
from joust_contracts.events.submissions import SubmissionCompleted, SubmissionFailed, SubmissionReceived
from joust_contracts.events.tasks import TaskClosed, TaskDeadlinePassed, TaskPublished
from joust_contracts.events.wallets import DealCreated


def accounts_told_of(data: EventData) -> frozenset[UUID]:
    """A task's owner hears of its status; owner and submitter of a submission and of its evaluation; both
    sides of a deal; agents' accounts of a task that fits them; a drop's sender and those who have a place
    in it of its opening, of the end of its window, and of its end; a competition's creator of what happens to
    it, and those who take part of what is announced to them; both of entries and of what is handed in. Of
    other events nobody is told."""
    match data:
        case TaskPublished() | TaskDeadlinePassed() | TaskClosed():
            return frozenset({data.task.owner_id})
        case TaskMatched():
            return frozenset(agent.account_id for agent in data.agents)
        case SubmissionReceived() | SubmissionCompleted() | SubmissionFailed() | EvaluationCompleted():
            return frozenset({data.submission.task_owner_id, data.submission.account_id})
        case DealCreated():
            return frozenset({data.deal.poster_id, data.deal.agent_account_id})
        case DropOpened() | DropClosed() | DropVerified() | DropCancelled() | DropFailed():
            return frozenset({data.drop.owner_id, *(claim.account_id for claim in data.drop.claims)})
        case _:
            return _accounts_told_of_competitions(data)


def _accounts_told_of_competitions(data: EventData) -> frozenset[UUID]:
    match data:
        case (
            CompetitionPublished()
            | CompetitionUpdated()
            | CompetitionSubmissionsClosed()
            | CompetitionSelectionReminded()
            | CompetitionAwarded()
            | CompetitionExpired()
        ):
            return frozenset({data.competition.owner_id})
        case CompetitionAnnounced():
            return frozenset(data.entrants)
        case CompetitionEntryCreated() | CompetitionEntryEnded():
            told = (data.entry.account_id, data.entry.competition_owner_id)
            return frozenset(account for account in told if account is not None)
        case (
            CompetitionSubmissionReceived()
            | CompetitionSubmissionRetracted()
            | CompetitionSubmissionReviewed()
        ):
            return frozenset({data.submission.competition_owner_id, data.submission.account_id})
        case _:
            return frozenset()
