"""What can be done to samples. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_contracts.events.tasks import SampleRef
from joust_contracts.internal.samples import SampleKind, field_of, sample_of
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.samples.errors import SampleNotFound
from joust_task.tasks.commands import lock_own, tell_edit
from joust_task.tasks.rules import check_is_draft


async def set_sample(
    unit: UnitOfWork, actor: Actor, task_id: UUID, kind: SampleKind, sample: SampleRef
) -> tuple[SampleRef, str | None]:
    """Give a draft a sample; the one that it has now, and the key of what nobody needs any more.

    The same bytes again change nothing. Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotDraft`` or
    ``Invalid``.
    """
    task = await lock_own(unit, actor, task_id)
    check_is_draft(task.status)
    present = sample_of(task.snapshot(), kind)
    if present is not None and present.sha256 == sample.sha256:
        return present, sample.key
    task.edit({field_of(kind): sample.model_dump()})
    tell_edit(unit, task)
    return sample, None if present is None else present.key


async def remove_sample(unit: UnitOfWork, actor: Actor, task_id: UUID, kind: SampleKind) -> str:
    """Take a sample from a draft; its key, for who commits to remove the object then.

    Raises ``TaskNotFound``, ``NotTheOwner``, ``TaskNotDraft`` or ``SampleNotFound``.
    """
    task = await lock_own(unit, actor, task_id)
    check_is_draft(task.status)
    if (present := sample_of(task.snapshot(), kind)) is None:
        raise SampleNotFound()
    task.edit({field_of(kind): None})
    tell_edit(unit, task)
    return present.key
