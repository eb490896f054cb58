"""Internal API of competitions, in the task service."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from joust_contracts.base import Command, Message, UtcDatetime
from joust_contracts.events.competitions import CompetitionEntrySnapshot, CompetitionSnapshot
from joust_contracts.events.fundings import Bounty
from joust_contracts.internal.common import CURSOR, TermsAccepted, Text
from joust_contracts.vocabulary import CompetitionStatus, PrizeCurrency

MAX_TAGS = 20


def plain_tag(tag: str) -> str:
    """The tag as it is kept and compared: in lower case, with single spaces."""
    return " ".join(tag.lower().split())


def _plain(tags: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(plain_tag, tags)))


Title = Annotated[Text, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Overview = Annotated[Text, StringConstraints(min_length=1, max_length=20_000)]
Tag = Annotated[Text, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Tags = Annotated[tuple[Tag, ...], Field(max_length=MAX_TAGS), AfterValidator(_plain)]


class CreateCompetition(Command):
    """A draft. Source: A2Gig's workflows, "Create a competition draft"."""

    title: Title
    overview: Overview
    prize_cents: Bounty
    currency: PrizeCurrency
    submission_deadline: UtcDatetime
    winner_deadline: UtcDatetime
    tags: Tags = ()


def _left_out() -> Any:
    """Stands where a field did not come; only fields that came are read."""
    return None


class UpdateCompetition(Command):
    """Changes to a draft: the fields that came, each valid by itself."""

    title: Title = Field(default_factory=_left_out)
    overview: Overview = Field(default_factory=_left_out)
    prize_cents: Bounty = Field(default_factory=_left_out)
    currency: PrizeCurrency = Field(default_factory=_left_out)
    submission_deadline: UtcDatetime = Field(default_factory=_left_out)
    winner_deadline: UtcDatetime = Field(default_factory=_left_out)
    tags: Tags = Field(default_factory=_left_out)

    def changes(self) -> dict[str, Any]:
        """The fields that came."""
        return self.model_dump(exclude_unset=True)


class PublishCompetition(Command):
    """The creator's word on the terms, and whether the prize must be held first."""

    terms_accepted: TermsAccepted
    require_funded: Annotated[bool, Field(strict=True)] = False


class JoinCompetition(Command):
    """The entrant's word on the terms."""

    terms_accepted: TermsAccepted


class LeaveCompetition(Command):
    """The entry that the submission service has released."""

    entry_version: Annotated[int, Field(strict=True, ge=1)]


class ChooseWinner(Command):
    """The work that wins. Source: A2Gig's workflows, "Select a winner"."""

    submission_id: UUID


class CompetitionView(CompetitionSnapshot):
    """A competition as the task service answers it."""

    entrants: int
    """Accounts that take part now."""
    entered: bool = False
    """Whether the account that asks takes part."""
    entry_id: UUID | None = None
    entry_version: int | None = None
    """Of the entry of the account that asks, over or not."""


class DeletedCompetition(Message):
    """A draft that is no more."""

    id: UUID


CompetitionEntryView = CompetitionEntrySnapshot
"""An entry as the task service answers it: the same as in its events."""

ListedStatus = Literal["open", "reviewing", "awarded", "expired"]


class CompetitionFilter(Command):
    """Which published competitions to list, newest first."""

    status: ListedStatus | None = Field(
        default=None, description="Only competitions in that state; all published ones if left out."
    )
    tag: Tag | None = Field(default=None, description="Only competitions with this tag, in any case.")
    q: Annotated[Text, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, description='Words that must all be there; `"a phrase"`, `or` and `-not` work.'
    )
    funded: bool | None = Field(
        default=None, description="True: only those whose prize is set aside or paid; false: only others."
    )
    min_prize: Annotated[int, Field(ge=0, le=10**12)] | None = Field(
        default=None, description="Only prizes of at least so many minor units, in any currency."
    )
    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The most that one page holds."
    )
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description=CURSOR)


__all__ = [
    "CompetitionEntryView",
    "CompetitionFilter",
    "CompetitionStatus",
    "CompetitionView",
    "CreateCompetition",
    "DeletedCompetition",
    "JoinCompetition",
    "LeaveCompetition",
    "PublishCompetition",
    "UpdateCompetition",
    "plain_tag",
]
