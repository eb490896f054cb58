"""Files that posters add to their tasks, in the Straw dialect."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request

from joust_contracts.refusals.attachments import (
    ATTACHMENT_LIMIT,
    ATTACHMENT_TOO_LARGE,
    NO_SUCH_ATTACHMENT,
    UNSUPPORTED_ATTACHMENT,
)
from joust_contracts.refusals.tasks import NO_SUCH_TASK, NOT_THE_OWNER
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.uploads import Upload
from joust_gateway.dialects.straw.examples import attachments as examples
from joust_gateway.dialects.straw.schemas.attachments import Attachment, DeletedAttachment
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(
    prefix="/api/tasks/{task_id}/attachments", tags=["attachments"], route_class=TranslatingRoute
)

Writes = Annotated[Call, calls(Scope.COMPETITIONS_WRITE)]


@router.post(
    "",
    operation_id="add_attachment",
    **operation(
        NO_SUCH_TASK,
        InvalidUuid,
        NOT_THE_OWNER,
        ATTACHMENT_LIMIT,
        ATTACHMENT_TOO_LARGE,
        UNSUPPORTED_ATTACHMENT,
        once=True,
        status=201,
        body=examples.FORM,
        answer=examples.ATTACHMENT,
    ),
)
async def add_attachment(
    task_id: UUID, request: Request, call: Writes, resources: OpenResources
) -> Attachment:
    """Add a file to a task of yours, at any time: csv, json, txt, png, jpg, jpeg, webp or pdf, at most 10 MB,
    ten for each task.

    The content must be of the type that the name promises.
    """
    return Attachment.of(await resources.services.attachments.attach(call, task_id, Upload(request)))


@router.get(
    "",
    operation_id="list_attachments",
    **operation(NO_SUCH_TASK, InvalidUuid, answer=examples.ATTACHMENTS),
)
async def list_attachments(
    task_id: UUID, call: Annotated[Call, calls(Scope.PROFILE_READ)], resources: OpenResources
) -> tuple[Attachment, ...]:
    """List a task's files with links that are good for an hour. Those of a draft are its owner's alone."""
    found = await resources.services.attachments.list_of(call, task_id)
    return tuple(map(Attachment.of, found.attachments))


@router.delete(
    "/{attachment_id}",
    operation_id="delete_attachment",
    **operation(NO_SUCH_TASK, NO_SUCH_ATTACHMENT, InvalidUuid, NOT_THE_OWNER, answer=examples.DELETED),
)
async def delete_attachment(
    task_id: UUID, attachment_id: UUID, call: Writes, resources: OpenResources
) -> DeletedAttachment:
    """Remove a file from a task of yours. Links to it end with it."""
    gone = await resources.services.attachments.detach(call, task_id, attachment_id)
    return DeletedAttachment(**gone.model_dump())
