"""What may be read of competitions, and by whom."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.competitions import CompetitionFilter, CompetitionView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_task.competition_entries import repository as entries
from joust_task.competitions import repository
from joust_task.competitions.errors import CompetitionNotFound
from joust_task.competitions.models import Competition


async def get_competition(session: AsyncSession, actor: Actor, competition_id: UUID) -> CompetitionView:
    """A competition that the actor may see; drafts are seen by their creator alone.

    Raises ``CompetitionNotFound``.
    """
    competition = await repository.find(session, competition_id)
    if competition is None or not competition.is_visible_to(actor.account_id):
        raise CompetitionNotFound()
    entry = await entries.find(session, competition_id, actor.account_id)
    if entry is None:
        return view_of(competition)
    own = {"entered": entry.ended_at is None, "entry_id": entry.id, "entry_version": entry.version}
    return view_of(competition).model_copy(update=own)


async def list_published(session: AsyncSession, wanted: CompetitionFilter) -> Page[CompetitionView]:
    """One page of what anybody may see, newest first."""
    rows = await repository.list_published(session, wanted)
    page, cursor = cut_page(
        rows, wanted.limit, lambda each: Cursor(each.published_at or each.created_at, each.id)
    )
    return Page(data=tuple(map(view_of, page)), next_cursor=cursor)


async def list_own(session: AsyncSession, actor: Actor, wanted: CompetitionFilter) -> Page[CompetitionView]:
    """One page of the actor's own, drafts too, newest first."""
    rows = await repository.list_own(session, actor.account_id, wanted)
    page, cursor = cut_page(rows, wanted.limit, lambda each: Cursor(each.created_at, each.id))
    return Page(data=tuple(map(view_of, page)), next_cursor=cursor)


def view_of(competition: Competition) -> CompetitionView:
    """The competition as answers show it."""
    return CompetitionView(entrants=competition.entrants, **competition.snapshot().model_dump())
