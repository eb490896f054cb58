"""All SQL about what accounts use of their workspaces."""

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from joust_submission.workspace.models import Kind, Usage
from joust_submission.workspace.rules import Amount

_AFTER_EVERY_NAME = "\x7f"
"""Sorts behind all characters of names, so it ends the range of names with a prefix."""


async def lock_usage(session: AsyncSession, account_id: UUID, kind: Kind) -> Usage:
    """What the account uses, made if need be; nobody else can change it until the transaction ends."""
    first = insert(Usage).values(account_id=account_id, kind=kind, entries=0, bytes=0)
    # Only an update locks the row that is there.
    locked = first.on_conflict_do_update(
        index_elements=[col(Usage.account_id), col(Usage.kind)], set_={"entries": col(Usage.entries)}
    )
    found = await session.scalars(locked.returning(Usage), execution_options={"populate_existing": True})
    return found.one()


async def amount_used(session: AsyncSession, account_id: UUID, kind: Kind) -> Amount:
    """What the account uses."""
    usage = await session.get(Usage, (account_id, kind))
    return Amount(0, 0) if usage is None else usage.amount


def end_of(prefix: str) -> str:
    """The first text behind all names that begin with ``prefix``."""
    return prefix + _AFTER_EVERY_NAME
