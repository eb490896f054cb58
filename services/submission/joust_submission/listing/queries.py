"""Lists of submissions, and who may see which."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.submissions import SubmissionEntry
from joust_kit.identity import Actor
from joust_kit.paging import Cursor, cut_page
from joust_submission.listing import repository
from joust_submission.listing.errors import NotTheOwner
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.submissions.models import Submission
from joust_submission.submissions.rules import check_may_see
from joust_submission.tasks import repository as tasks


async def list_own(
    session: AsyncSession, actor: Actor, task_id: UUID | None, limit: int, cursor: str | None
) -> Page[SubmissionEntry]:
    """One page of the actor's submissions, newest first. Raises ``Invalid`` for a cursor that is none."""
    after = Cursor.decode(cursor)
    return _page(
        await repository.newest_of_account(session, actor.account_id, task_id, limit + 1, after), limit
    )


async def list_to_task(
    session: AsyncSession, actor: Actor, task_id: UUID, limit: int, cursor: str | None
) -> Page[SubmissionEntry]:
    """One page of the submissions to a task of the actor, newest first.

    Raises ``TaskNotFound``, ``NotTheOwner``, or ``Invalid`` for a cursor that is none.
    """
    after = Cursor.decode(cursor)
    task = await tasks.find(session, task_id)
    if task is None:
        raise TaskNotFound()
    check_may_see(task.status, task.owner_id, actor.account_id)
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    return _page(await repository.newest_to_task(session, task_id, limit + 1, after), limit)


def _page(rows: Sequence[Submission], limit: int) -> Page[SubmissionEntry]:
    page, next_cursor = cut_page(rows, limit, lambda row: Cursor(row.created_at, row.id))
    return Page(data=tuple(map(_entry, page)), next_cursor=next_cursor)


def _entry(submission: Submission) -> SubmissionEntry:
    scored_at = submission.scored_at if submission.evaluated else None
    snapshot = submission.snapshot()
    artifact = snapshot.artifact
    return SubmissionEntry(
        scored_at=scored_at,
        artifact_sha256=None if artifact is None else artifact.sha256,
        **snapshot.model_dump(),
    )
