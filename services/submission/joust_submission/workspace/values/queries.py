"""What may be read of values: by each account, its own."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.common import Page
from joust_contracts.internal.workspaces import ValueEntry, ValueQuota, ValueView
from joust_kit.identity import Actor
from joust_kit.paging import NameCursor, cut_page
from joust_submission.settings import SubmissionSettings
from joust_submission.workspace import repository as usages
from joust_submission.workspace.errors import ValueNotFound
from joust_submission.workspace.models import Kind
from joust_submission.workspace.names import after_of, check_name, check_prefix
from joust_submission.workspace.values import repository


async def get_value(session: AsyncSession, actor: Actor, key: str) -> ValueView:
    """The actor's value under a key. Raises ``UnacceptableName`` or ``ValueNotFound``."""
    check_name("key", key)
    value = await repository.find(session, actor.account_id, key)
    if value is None:
        raise ValueNotFound()
    return ValueView.model_validate(value.model_dump())


async def list_values(
    session: AsyncSession, actor: Actor, *, prefix: str, limit: int, cursor: str | None
) -> Page[ValueEntry]:
    """One page of the actor's keys, in their order by bytes, without any value.

    Raises ``Invalid`` for a prefix or cursor that is none.
    """
    check_prefix(prefix)
    rows = await repository.list_of(
        session, actor.account_id, prefix=prefix, after=after_of(cursor), limit=limit + 1
    )
    page, next_cursor = cut_page(rows, limit, lambda entry: NameCursor(entry.key))
    entries = tuple(ValueEntry.model_validate(entry._asdict()) for entry in page)
    return Page(data=entries, next_cursor=next_cursor)


async def get_quota(session: AsyncSession, actor: Actor, settings: SubmissionSettings) -> ValueQuota:
    """What the actor keeps, and may keep."""
    used = await usages.amount_used(session, actor.account_id, Kind.VALUES)
    allowed = settings.workspace_values_cap
    return ValueQuota(
        keys_used=used.entries, keys_limit=allowed.entries, bytes_used=used.bytes, bytes_limit=allowed.bytes
    )
