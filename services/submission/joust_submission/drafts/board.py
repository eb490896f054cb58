"""The board of a competition: what was handed in. Its creator decides who wins, so nothing is ranked here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.drafts import BoardEntry, BoardView
from joust_kit.identity import Actor
from joust_kit.paging import cut_page
from joust_submission.contests import repository as contests
from joust_submission.drafts import repository
from joust_submission.drafts.errors import CompetitionNotKnown
from joust_submission.drafts.models import Draft
from joust_submission.drafts.queries import place_in_list
from joust_submission.drafts.rules import is_revealed


async def read_board(
    session: AsyncSession, actor: Actor, competition_id: UUID, limit: int, cursor: str | None, now: datetime
) -> BoardView:
    """One page, newest first. Until submissions are over everybody is told how many there are, but sees the
    own ones alone; the creator sees all.

    Raises ``CompetitionNotKnown``.
    """
    competition = await contests.find(session, competition_id)
    if competition is None or not competition.status.is_published:
        raise CompetitionNotKnown()
    revealed = is_revealed(competition.status, competition.submission_deadline, now)
    sees_all = revealed or competition.owner_id == actor.account_id
    rows = await repository.list_handed_in(
        session, competition_id, limit, cursor, account_id=None if sees_all else actor.account_id
    )
    page, next_cursor = cut_page(rows, limit, place_in_list)
    count, version = await repository.state_of_board(session, competition_id)
    return BoardView(
        version=version,
        submissions_count=count,
        revealed=revealed,
        entries=tuple(map(_entry, page)),
        next_cursor=next_cursor,
    )


def _entry(draft: Draft) -> BoardEntry:
    return BoardEntry(submission_id=draft.id, **draft.model_dump(include=set(BoardEntry.model_fields)))
