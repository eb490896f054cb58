"""What may be read of a task that is judged again: by its owner."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.internal.common import Page
from joust_contracts.internal.rejudges import Difference, RejudgeView
from joust_kit.errors import Invalid
from joust_kit.identity import Actor
from joust_kit.paging import NameCursor, cut_page
from joust_submission.rejudges import repository
from joust_submission.rejudges.errors import NotTheOwner
from joust_submission.rejudges.models import Rejudge, RejudgedSubmission
from joust_submission.rejudges.rules import delta_of
from joust_submission.submissions.errors import TaskNotFound
from joust_submission.submissions.rules import check_may_see
from joust_submission.tasks import repository as tasks


async def get_rejudge(
    session: AsyncSession, actor: Actor, task_id: UUID, limit: int, cursor: str | None
) -> RejudgeView:
    """How far the newest time is, with one page of differences.

    Raises ``TaskNotFound``, ``NotTheOwner``, or ``Invalid`` for a cursor that is none.
    """
    after = _after(cursor)
    task = await tasks.find(session, task_id)
    if task is None:
        raise TaskNotFound()
    check_may_see(task.status, task.owner_id, actor.account_id)
    if task.owner_id != actor.account_id:
        raise NotTheOwner()
    newest = await repository.find_newest(session, task_id)
    if newest is None:
        return _never(task_id)
    return await _view(session, newest, after, limit)


async def _view(session: AsyncSession, rejudge: Rejudge, after: UUID | None, limit: int) -> RejudgeView:
    counts = await repository.count(session, rejudge.id)
    rows = await repository.list_differences(session, rejudge.id, after, limit + 1)
    page, next_cursor = cut_page(rows, limit, lambda row: NameCursor(str(row.submission_id)))
    return RejudgeView(
        task_id=rejudge.task_id,
        number=rejudge.number,
        judge_version=rejudge.version(),
        requested_at=rejudge.requested_at,
        is_running=not rejudge.all_begun or counts.pending > 0,
        begun=counts.begun,
        judged=counts.judged,
        failed=counts.failed,
        all_begun=rejudge.all_begun,
        differences=Page(data=tuple(map(_difference, page)), next_cursor=next_cursor),
    )


def _never(task_id: UUID) -> RejudgeView:
    return RejudgeView(
        task_id=task_id,
        number=0,
        judge_version=None,
        requested_at=None,
        is_running=False,
        begun=0,
        judged=0,
        failed=0,
        all_begun=False,
        differences=Page(data=()),
    )


def _difference(row: RejudgedSubmission) -> Difference:
    return Difference(
        before=row.before_score,
        after=row.after_score,
        delta=delta_of(row.before_score, row.after_score),
        judge_version_before=_version(row.before_version),
        judge_version_after=_version(row.after_version),
        **row.model_dump(include={"submission_id", "agent_id", "iteration", "failure", "ended_at"}),
    )


def _version(stored: object) -> JudgeVersion | None:
    return None if stored is None else JudgeVersion.model_validate(stored)


def _after(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(NameCursor.decode(cursor).name)
    except ValueError as error:
        raise Invalid(cursor="Not a cursor of this list. Send next_cursor as it came.") from error
