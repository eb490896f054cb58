"""What can be done to values. Each runs in the caller's transaction, which the edge commits."""

from joust_contracts.internal.workspaces import Deleted, PutValue, ValueEntry
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_submission.settings import SubmissionSettings
from joust_submission.workspace import repository as usages
from joust_submission.workspace.errors import ByteQuotaExceeded, KeyQuotaExceeded, ValueTooLarge
from joust_submission.workspace.models import Kind, Usage, Value
from joust_submission.workspace.names import check_name
from joust_submission.workspace.rules import Amount, Cap, growth, passed_cap
from joust_submission.workspace.values import repository


async def put_value(
    unit: UnitOfWork, actor: Actor, key: str, wanted: PutValue, settings: SubmissionSettings
) -> ValueEntry:
    """Keep a value under a key, in place of what was there.

    Any number of them at once keep within the caps, because they wait for the row of the account's use.
    Raises ``UnacceptableName``, ``ValueTooLarge``, ``KeyQuotaExceeded`` or ``ByteQuotaExceeded``.
    """
    check_name("key", key)
    size_bytes = len(wanted.value_json.encode())
    if size_bytes > settings.workspace_max_value_bytes:
        raise ValueTooLarge(size_bytes=size_bytes, max_bytes=settings.workspace_max_value_bytes)
    usage = await usages.lock_usage(unit.session, actor.account_id, Kind.VALUES)
    replaced = await repository.size_of(unit.session, actor.account_id, key)
    by = growth(replaced_bytes=replaced, new_bytes=size_bytes)
    _check_fits(usage, by, settings)
    usage.grow(by)
    entry = await repository.put(
        unit.session,
        Value(
            account_id=actor.account_id,
            key=key,
            value_json=wanted.value_json,
            size_bytes=size_bytes,
            created_at=unit.now,
            updated_at=unit.now,
        ),
    )
    return ValueEntry.model_validate(entry._asdict())


async def delete_value(unit: UnitOfWork, actor: Actor, key: str) -> Deleted:
    """Remove what is under a key; nothing there is fine. Raises ``UnacceptableName``."""
    check_name("key", key)
    usage = await usages.lock_usage(unit.session, actor.account_id, Kind.VALUES)
    size_bytes = await repository.remove(unit.session, actor.account_id, key)
    if size_bytes is not None:
        usage.grow(Amount(-1, -size_bytes))
    return Deleted()


def _check_fits(usage: Usage, by: Amount, settings: SubmissionSettings) -> None:
    match passed_cap(usage.amount, by, settings.workspace_values_cap):
        case Cap.ENTRIES:
            raise KeyQuotaExceeded(used=usage.entries, limit=settings.workspace_max_keys)
        case Cap.BYTES:
            raise ByteQuotaExceeded(used=usage.bytes, limit=settings.workspace_max_value_bytes_in_all)
