"""What can be done to attachments. Each runs in the caller's transaction, which the edge commits."""

from uuid import UUID

from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.identity import Actor
from joust_task.attachments import repository
from joust_task.attachments.errors import AttachmentNotFound
from joust_task.attachments.models import Attachment
from joust_task.attachments.rules import check_count
from joust_task.tasks.commands import lock_own


async def attach(unit: UnitOfWork, actor: Actor, attachment: Attachment, limit: int) -> Attachment:
    """Add a stored file to a task, whatever the task's status.

    The task's row lock makes the count exact, however many come at once. Raises ``TaskNotFound``,
    ``NotTheOwner`` or ``TooManyAttachments``.
    """
    await lock_own(unit, actor, attachment.task_id)
    check_count(await repository.count(unit.session, attachment.task_id), limit)
    unit.session.add(attachment)
    return attachment


async def detach(unit: UnitOfWork, actor: Actor, task_id: UUID, attachment_id: UUID) -> Attachment:
    """Remove an attachment from its task; who commits removes its object then.

    Raises ``TaskNotFound``, ``NotTheOwner`` or ``AttachmentNotFound``.
    """
    await lock_own(unit, actor, task_id)
    gone = await repository.remove(unit.session, task_id, attachment_id)
    if gone is None:
        raise AttachmentNotFound()
    return gone
