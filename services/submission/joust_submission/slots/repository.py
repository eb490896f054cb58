"""All SQL about quota slots that are given back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_submission.slots.models import ReturnedSlot
from joust_submission.submissions.models import Quota


async def give_back(
    session: AsyncSession, *, submission_id: UUID, task_id: UUID, account_id: UUID, at: datetime
) -> bool:
    """Give back the slot that a submission used; false if it was given back before.

    The mark and the count change in one statement, so neither is ever there without the other.
    """
    mark = insert(ReturnedSlot).values(
        submission_id=submission_id, task_id=task_id, account_id=account_id, returned_at=at
    )
    new = mark.on_conflict_do_nothing().returning(col(ReturnedSlot.task_id), col(ReturnedSlot.account_id))
    returned = new.cte("returned")
    fewer = (
        update(Quota)
        .where(col(Quota.task_id) == returned.c.task_id, col(Quota.account_id) == returned.c.account_id)
        .values(used=col(Quota.used) - 1)
        .returning(col(Quota.used))
        .execution_options(synchronize_session=False)
    )
    return (await session.execute(fewer)).first() is not None
