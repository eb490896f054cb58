"""All SQL about submissions and quotas."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_contracts.vocabulary import EvalMode, SubmissionStatus
from joust_submission.submissions.models import Quota, Submission
from joust_submission.tasks.models import KnownTask


class WithTask(NamedTuple):
    """A submission with what its reader needs of the task and the quota."""

    submission: Submission
    eval_mode: EvalMode | None
    """``None``, as ``limit``, while the projection of tasks is being rebuilt."""
    limit: int | None
    used: int


_TASK_AND_USED = (
    select(KnownTask, func.coalesce(col(Quota.used), 0))
    .outerjoin(
        Quota,
        and_(col(Quota.task_id) == col(KnownTask.id), col(Quota.account_id) == bindparam("account_id")),
    )
    .where(col(KnownTask.id) == bindparam("task_id"))
)


async def lock(session: AsyncSession, submission_id: UUID) -> Submission | None:
    """The submission, which nobody else can change until the transaction ends."""
    return await session.get(Submission, submission_id, with_for_update=True)


async def find_with_task(session: AsyncSession, submission_id: UUID) -> WithTask | None:
    """The submission, its task's mode and limit, and its account's use of the quota, in one statement."""
    of_account = and_(
        col(Quota.task_id) == col(Submission.task_id), col(Quota.account_id) == col(Submission.account_id)
    )
    found = await session.execute(
        select(
            Submission,
            col(KnownTask.eval_mode),
            col(KnownTask.max_submissions_per_agent),
            func.coalesce(col(Quota.used), 0),
        )
        .outerjoin(KnownTask, col(KnownTask.id) == col(Submission.task_id))
        .outerjoin(Quota, of_account)
        .where(col(Submission.id) == submission_id)
    )
    row = found.first()
    return None if row is None else WithTask(*row)


async def needed_objects(session: AsyncSession, ids: Collection[UUID]) -> tuple[set[str], set[UUID]]:
    """Keys of artifacts of these submissions, and those of them whose artifact is still to come."""
    query = select(col(Submission.id), col(Submission.artifact), col(Submission.status))
    rows = (await session.execute(query.where(col(Submission.id).in_(ids)))).all()
    keys = {str(artifact["key"]) for _, artifact, _ in rows if artifact is not None}
    return keys, {id for id, _, status in rows if status == SubmissionStatus.REGISTERED}


async def artifact_keys(session: AsyncSession) -> set[str]:
    """Where all artifacts lie."""
    keys = select(col(Submission.artifact)["key"].astext).where(col(Submission.artifact).is_not(None))
    return set(await session.scalars(keys))


async def latest_of_agent(
    session: AsyncSession, *, task_id: UUID, task_owner_id: UUID, agent_id: UUID
) -> Submission | None:
    """The newest submission that the agent handed in to this owner's task."""
    query = select(Submission).where(
        col(Submission.task_id) == task_id,
        col(Submission.agent_id) == agent_id,
        col(Submission.task_owner_id) == task_owner_id,
        col(Submission.received_at).is_not(None),
    )
    newest_first = query.order_by(col(Submission.created_at).desc(), col(Submission.id).desc())
    latest: Submission | None = await session.scalar(newest_first.limit(1))
    return latest


async def find_task_and_used(
    session: AsyncSession, task_id: UUID, account_id: UUID
) -> tuple[KnownTask, int] | None:
    """The task as far as it is known, and how many submissions the account has made to it."""
    found = (await session.execute(_TASK_AND_USED, {"task_id": task_id, "account_id": account_id})).first()
    return None if found is None else (found[0], found[1])


async def use_quota(session: AsyncSession, *, task_id: UUID, account_id: UUID, limit: int) -> int | None:
    """Use up one submission; how many are used then, or ``None`` if all ``limit`` were used before.

    One statement decides, so any number of submissions at once use up the limit and no more. ``limit`` is
    at least 1.
    """
    first = insert(Quota).values(task_id=task_id, account_id=account_id, used=1)
    one_more = first.on_conflict_do_update(
        index_elements=[col(Quota.task_id), col(Quota.account_id)],
        set_={"used": col(Quota.used) + 1},
        where=col(Quota.used) < limit,
    )
    used: int | None = await session.scalar(one_more.returning(col(Quota.used)))
    return used
