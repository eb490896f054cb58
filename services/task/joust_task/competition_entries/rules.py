"""Who may enter a competition, until when, and which entry ends. No I/O, no clock."""

from datetime import datetime
from uuid import UUID

from joust_contracts.vocabulary import CompetitionStatus
from joust_task.competition_entries.errors import EntriesClosed, OwnCompetition


def check_may_enter(owner_id: UUID, account_id: UUID) -> None:
    """Raises ``OwnCompetition`` (A2Gig's workflows: the API blocks a creator from joining)."""
    if owner_id == account_id:
        raise OwnCompetition()


def check_takes_entrants(status: CompetitionStatus, deadline: datetime, now: datetime) -> None:
    """Raises ``EntriesClosed``; the deadline counts, however late its timer is."""
    if status is not CompetitionStatus.OPEN or deadline <= now:
        raise EntriesClosed(status=status.value)


def is_released(version: int, ended_at: datetime | None, released_version: int) -> bool:
    """True if the entry goes on and is the one that was released, rather than one since."""
    return ended_at is None and version == released_version


def was_ended_by_release(version: int, ended_at: datetime | None, released_version: int) -> bool:
    """True if the entry is over because of that release."""
    return ended_at is not None and version == released_version + 1
