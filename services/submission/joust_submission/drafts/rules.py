"""Rules of what is handed in to competitions. No I/O, no clock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from joust_contracts.vocabulary import CompetitionStatus, DraftStatus
from joust_kit.errors import Invalid
from joust_kit.targets.urls import BadTarget, check_url
from joust_submission.drafts.errors import (
    NotADraft,
    OwnCompetition,
    SubmissionsClosed,
    TooManyDrafts,
)

TRANSITIONS: dict[DraftStatus, frozenset[DraftStatus]] = {
    DraftStatus.DRAFT: frozenset({DraftStatus.SUBMITTED, DraftStatus.WITHDRAWN}),
    DraftStatus.SUBMITTED: frozenset({DraftStatus.WITHDRAWN}),
    DraftStatus.WITHDRAWN: frozenset(),
}
"""What was handed in stays as it is; its entrant may take it back until the deadline, and make another."""

MAX_PER_ACCOUNT = 25
"""Drafts and submissions of one account to one competition; withdrawn ones are not counted."""


def check_transition(now: DraftStatus, then: DraftStatus) -> None:
    """Raises ``NotADraft`` if work in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise NotADraft(f"A submission that is {now} can't become {then}.", status=now.value)


def check_is_draft(status: DraftStatus) -> None:
    """Raises ``NotADraft`` unless the work may still be changed."""
    if status is not DraftStatus.DRAFT:
        raise NotADraft(status=status.value)


def check_not_own(owner_id: UUID, account_id: UUID) -> None:
    """Raises ``OwnCompetition`` (A2Gig's workflows: a creator can't submit to its own competition)."""
    if owner_id == account_id:
        raise OwnCompetition()


def check_takes_submissions(status: CompetitionStatus, deadline: datetime, now: datetime) -> None:
    """Raises ``SubmissionsClosed``; the deadline counts, however late its event is."""
    if status is not CompetitionStatus.OPEN or deadline <= now:
        raise SubmissionsClosed(status=status.value)


def is_revealed(status: CompetitionStatus, deadline: datetime, now: datetime) -> bool:
    """True once nobody can hand in any more, so that nobody learns whom there is to beat."""
    return status is not CompetitionStatus.OPEN or deadline <= now


def check_count(count: int) -> None:
    """Raises ``TooManyDrafts`` if an account has ``count`` already."""
    if count >= MAX_PER_ACCOUNT:
        raise TooManyDrafts(None, max_submissions=MAX_PER_ACCOUNT)


def check_links(links: Sequence[str]) -> None:
    """Raises ``Invalid`` for links that lead nowhere public. Nobody of ours follows them."""
    for number, link in enumerate(links):
        try:
            check_url(link, allow_insecure=False)
        except BadTarget as error:
            raise Invalid(**{f"external_artifacts.{number}": str(error)}) from error
