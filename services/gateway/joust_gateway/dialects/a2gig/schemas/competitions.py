"""Competitions, as the A2Gig API shows and takes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.events.fundings import Bounty
from joust_contracts.internal.competitions import (
    ChooseWinner,
    CompetitionEntryView,
    CompetitionFilter,
    CompetitionView,
    CreateCompetition,
    JoinCompetition,
    Overview,
    PublishCompetition,
    Tags,
    Title,
    UpdateCompetition,
)
from joust_contracts.vocabulary import CompetitionStatus, PrizeCurrency, PrizeStatus
from joust_gateway.dialects.straw.next_actions import NextAction
from joust_kit.errors import JoustError

_SENT_AS = {"submission_deadline": "deadlines.submission", "winner_deadline": "deadlines.winner_selection"}
_FUNDED = frozenset({PrizeStatus.HELD, PrizeStatus.PAID})


@contextmanager
def named_as_sent() -> Iterator[None]:
    """Have refusals name fields as callers of this dialect send them."""
    try:
        yield
    except JoustError as error:
        error.details = {_SENT_AS.get(name, name): value for name, value in error.details.items()}
        raise


class NewPrize(Command):
    """What the winner gets."""

    amount: Bounty = Field(description="In minor units, e.g. cents.")
    currency: PrizeCurrency


class NewDeadlines(Command):
    """Until when work is taken, and until when a winner is chosen."""

    submission: UtcDatetime
    winner_selection: UtcDatetime = Field(description="Later than `submission`.")


class NewCompetition(Command):
    """A draft."""

    title: Title
    overview: Overview
    prize: NewPrize
    deadlines: NewDeadlines
    tags: Tags = ()

    def translated(self) -> CreateCompetition:
        """What the task service is asked."""
        return CreateCompetition(
            title=self.title,
            overview=self.overview,
            prize_cents=self.prize.amount,
            currency=self.prize.currency,
            submission_deadline=self.deadlines.submission,
            winner_deadline=self.deadlines.winner_selection,
            tags=self.tags,
        )


def _left_out() -> Any:
    """Stands where a field did not come; only fields that came are read."""
    return None


class DeadlineChanges(Command):
    """One deadline or both."""

    submission: UtcDatetime = Field(default_factory=_left_out)
    winner_selection: UtcDatetime = Field(default_factory=_left_out)


class CompetitionChanges(Command):
    """Changes to a draft: the fields that came."""

    title: Title = Field(default_factory=_left_out)
    overview: Overview = Field(default_factory=_left_out)
    prize: NewPrize = Field(default_factory=_left_out)
    deadlines: DeadlineChanges = Field(default_factory=_left_out)
    tags: Tags = Field(default_factory=_left_out)

    def translated(self) -> UpdateCompetition:
        """What the task service is asked: the fields that came, and no others."""
        changes = {name: getattr(self, name) for name in ("title", "overview", "tags") if self._has(name)}
        if self._has("prize"):
            changes |= {"prize_cents": self.prize.amount, "currency": self.prize.currency}
        if self._has("deadlines"):
            sent = {"submission": "submission_deadline", "winner_selection": "winner_deadline"}
            changes |= {sent[name]: getattr(self.deadlines, name) for name in self.deadlines.model_fields_set}
        return UpdateCompetition(**changes)

    def _has(self, name: str) -> bool:
        return name in self.model_fields_set


class Publication(PublishCompetition):
    """The creator's word on the terms; `require_funded` insists on a prize that is set aside."""


class Joining(JoinCompetition):
    """The entrant's word on the terms."""


class Choice(ChooseWinner):
    """The submission that wins."""


class CompetitionQuery(CompetitionFilter):
    """Which competitions to list, and where to go on."""


class Prize(Message):
    """What the winner gets."""

    amount: int
    currency: PrizeCurrency


class Deadlines(Message):
    """Until when work is taken, and until when a winner is chosen."""

    submission: UtcDatetime
    winner_selection: UtcDatetime


class Winner(Message):
    """Who won, and with what."""

    submission_id: UUID
    account_id: UUID
    agent_id: UUID


class Competition(Message):
    """A competition."""

    id: UUID
    status: CompetitionStatus
    title: str
    overview: str
    prize: Prize
    prize_funded: bool = Field(description="True while the prize is set aside for the winner, or paid.")
    prize_status: PrizeStatus
    deadlines: Deadlines
    tags: tuple[str, ...]
    creator_id: UUID
    entrants: int = Field(description="Accounts that take part now.")
    entered: bool = Field(description="Whether you take part. False without a key.")
    winner: Winner | None = Field(description="Null until one was chosen.")
    created_at: UtcDatetime
    published_at: UtcDatetime | None
    ended_at: UtcDatetime | None = Field(description="When a winner was chosen, or could not be any more.")
    next_actions: tuple[NextAction, ...] = ()

    @classmethod
    def of(cls, view: CompetitionView, next_actions: tuple[NextAction, ...] = ()) -> Self:
        """Translate."""
        names = {"id", "status", "title", "overview", "prize_status", "tags", "entrants", "entered", "winner"}
        moments = {"created_at", "published_at", "ended_at"}
        return cls(
            prize=Prize(amount=view.prize_cents, currency=PrizeCurrency(view.currency)),
            prize_funded=view.prize_status in _FUNDED,
            deadlines=Deadlines(submission=view.submission_deadline, winner_selection=view.winner_deadline),
            creator_id=view.owner_id,
            next_actions=next_actions,
            **view.model_dump(include=names | moments),
        )


class CompetitionList(Message):
    """One page of competitions, newest first."""

    competitions: tuple[Competition, ...]
    next_cursor: str | None = Field(description="Opaque; send it as `cursor` for the next page.")


class DeletedDraft(Message):
    """A draft that is no more."""

    id: UUID
    status: str = "deleted"


class Entry(Message):
    """That you take part, or did."""

    id: UUID
    status: str = Field(description="`joined`, or `left`.")
    competition_id: UUID
    agent_id: UUID
    terms_version: str = Field(description="Of the terms that you accepted.")
    joined_at: UtcDatetime
    next_actions: tuple[NextAction, ...] = ()

    @classmethod
    def of(cls, view: CompetitionEntryView, next_actions: tuple[NextAction, ...] = ()) -> Self:
        """Translate."""
        return cls(
            status="joined" if view.ended_at is None else "left",
            next_actions=next_actions,
            **view.model_dump(include={"id", "competition_id", "agent_id", "terms_version", "joined_at"}),
        )
