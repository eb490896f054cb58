"""Internal API of attachments. No transaction and no connection waits for storage."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, BinaryIO
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel

from joust_contracts.internal.attachments import AttachmentForm, Attachments, Deleted, StoredAttachment
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute, answer_once
from joust_kit.identity import Actor
from joust_kit.orphans import remove_if_possible
from joust_kit.storage import CHUNK_BYTES
from joust_task.attachments import commands, repository, rules
from joust_task.attachments.errors import (
    AttachmentNotFound,
    AttachmentTooLarge,
    TooManyAttachments,
    UnsupportedAttachment,
)
from joust_task.attachments.models import Attachment
from joust_task.files.storing import chunks_of, sha256_of, stored
from joust_task.resources import OpenResources, Resources
from joust_task.tasks.errors import NotTheOwner, TaskNotFound
from joust_task.tasks.queries import get_own, get_task
from joust_task.tasks.rules import in_milliseconds

router = APIRouter(
    prefix="/internal/tasks/{task_id}/attachments",
    route_class=TranslatingRoute,
    responses=responses(Unauthorized, TaskNotFound, NotTheOwner),
)

LINK_LIFETIME = timedelta(hours=1)
"""Straw document, ``GET /api/tasks/:id/attachments``: 1 hour expiry."""


class _Form(AttachmentForm):
    file: UploadFile


@router.post(
    "",
    status_code=201,
    response_model=StoredAttachment,
    responses=responses(TooManyAttachments, AttachmentTooLarge, UnsupportedAttachment),
)
async def attach(
    task_id: UUID,
    form: Annotated[_Form, Form()],
    actor: CurrentActor,
    request: Request,
    resources: OpenResources,
) -> Response:
    """Add a file to a task: checked, stored, and only then written down."""
    await _refuse_the_hopeless(resources, actor, task_id)
    content_type = await _checked(form.file, resources.settings.max_attachment_bytes)
    digest = await sha256_of(form.file)
    attachment = Attachment(
        id=resources.database.ids.new(),
        task_id=task_id,
        field=form.field,
        filename=form.file.filename or "",
        content_type=content_type,
        file_size=form.file.size or 0,
        sha256=digest.hex(),
        description=form.description,
        created_at=in_milliseconds(resources.database.clock.now()),
    )
    was_added = False

    async def act(unit: UnitOfWork) -> BaseModel:
        nonlocal was_added
        await commands.attach(unit, actor, attachment, resources.settings.max_attachments_per_task)
        was_added = True
        return _shown(resources, attachment)

    said = [form.field.value, form.description, form.file.filename, digest.hex()]
    chunks, size_bytes = chunks_of(form.file), form.file.size or 0
    async with stored(resources.storage, str(attachment.key), chunks, size_bytes, content_type):
        answer = await answer_once(request, json.dumps(said).encode(), act, status=201)
    if not was_added:
        await remove_if_possible(resources.storage, str(attachment.key))
    return answer


@router.get("")
async def list_attachments(task_id: UUID, actor: CurrentActor, resources: OpenResources) -> Attachments:
    """All attachments of a task that the actor may see, each with a fresh link."""
    async with resources.database.reading() as session:
        await get_task(session, actor, task_id)
        rows = await repository.of_task(session, task_id)
    return Attachments(attachments=tuple(_shown(resources, row) for row in rows))


@router.delete("/{attachment_id}", responses=responses(AttachmentNotFound))
async def detach(
    task_id: UUID, attachment_id: UUID, actor: CurrentActor, resources: OpenResources
) -> Deleted:
    """Remove an attachment from the database, and then from storage."""
    async with resources.database.transaction() as unit:
        gone = await commands.detach(unit, actor, task_id, attachment_id)
    await remove_if_possible(resources.storage, str(gone.key))
    return Deleted(id=attachment_id)


def _shown(resources: Resources, attachment: Attachment) -> StoredAttachment:
    url = resources.storage.presigned_get(
        str(attachment.key),
        expires=LINK_LIFETIME,
        download_as=attachment.filename,
        content_type=attachment.content_type,
    )
    return attachment.view(url)


async def _refuse_the_hopeless(resources: Resources, actor: Actor, task_id: UUID) -> None:
    async with resources.database.reading() as session:
        await get_own(session, actor, task_id)
        existing = await repository.count(session, task_id)
    rules.check_count(existing, resources.settings.max_attachments_per_task)


async def _checked(file: UploadFile, max_bytes: int) -> str:
    """Its type, by name and by content."""
    content_type = rules.check_name(file.filename or "")
    rules.check_size(file.size or 0, max_bytes)
    await file.seek(0)
    rules.check_head(content_type, await file.read(rules.HEAD_BYTES))
    if rules.is_text(content_type):
        await asyncio.to_thread(rules.check_text, content_type, _chunks(file.file))
    return content_type


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
