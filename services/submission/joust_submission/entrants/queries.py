"""What may be asked about who takes part."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_submission.contests import repository as contests
from joust_submission.entrants import repository
from joust_submission.entrants.rules import is_given_up


async def takes_part(session: AsyncSession, competition_id: UUID, account_id: UUID) -> bool:
    """True if the account may hand in; until the transaction ends, if the account's turn was taken before."""
    entry = await contests.find_entry(session, competition_id, account_id)
    if entry is None:
        return False
    release = await repository.find(session, entry.id)
    return release is None or not is_given_up(entry.version, release.entry_version)
