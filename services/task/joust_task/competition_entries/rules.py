"""Who may enter a competition, and until when. No I/O, no clock."""

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
