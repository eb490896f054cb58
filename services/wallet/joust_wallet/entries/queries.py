"""Waiting until the projections know what a caller was already told."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.database.freshness import wait_for_version
from joust_wallet.entries import repository


async def wait_for_entries(session: AsyncSession, task_id: UUID, expected: Mapping[UUID, int]) -> None:
    """Return once the task and the submissions in ``expected`` are known in these versions.

    Every id but the task's is taken for a submission's. Raises ``Unavailable`` if they do not come.
    """
    for id, version in expected.items():
        find = repository.task_version if id == task_id else repository.submission_version
        await wait_for_version(partial(find, session, id), version)
