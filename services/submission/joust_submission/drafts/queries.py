"""What may be read of what is handed in to competitions, and by whom."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.drafts import DraftView
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_submission.assets.queries import may_read
from joust_submission.contests import repository as contests
from joust_submission.drafts import repository
from joust_submission.drafts.errors import CompetitionNotKnown, DraftNotFound, NotTheCreator
from joust_submission.drafts.models import Draft


async def get_draft(session: AsyncSession, actor: Actor, draft_id: UUID) -> DraftView:
    """Work that the actor may see. Raises ``DraftNotFound``."""
    draft = await repository.find(session, draft_id)
    if draft is None or not may_read(draft, actor):
        raise DraftNotFound()
    return draft.view()


async def list_handed_in(
    session: AsyncSession, actor: Actor, competition_id: UUID, limit: int, cursor: str | None
) -> Page[DraftView]:
    """One page of what was handed in to a competition of the actor's, newest first.

    Raises ``CompetitionNotKnown`` or ``NotTheCreator``.
    """
    competition = await contests.find(session, competition_id)
    if competition is None:
        raise CompetitionNotKnown()
    if competition.owner_id != actor.account_id:
        raise NotTheCreator()
    rows = await repository.list_handed_in(session, competition_id, limit, cursor)
    page, next_cursor = cut_page(rows, limit, place_in_list)
    return Page(data=tuple(draft.view() for draft in page), next_cursor=next_cursor)


async def list_own(
    session: AsyncSession, actor: Actor, competition_id: UUID | None, limit: int, cursor: str | None
) -> Page[DraftView]:
    """One page of the actor's work, newest first."""
    rows = await repository.list_own(session, actor.account_id, competition_id, limit, cursor)
    page, next_cursor = cut_page(rows, limit, lambda draft: Cursor(draft.created_at, draft.id))
    return Page(data=tuple(draft.view() for draft in page), next_cursor=next_cursor)


def place_in_list(draft: Draft) -> Cursor:
    """Where work stands among what was handed in."""
    return Cursor(draft.submitted_at or draft.created_at, draft.id)
