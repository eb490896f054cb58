"""Internal API of test suites."""

import asyncio
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import BaseModel

from joust_contracts.base import Command
from joust_contracts.events.tasks import TestSuiteRef
from joust_contracts.internal.tasks import TaskView
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, TranslatingRoute, answer_once
from joust_kit.orphans import remove_if_possible
from joust_task.files.keys import FileKey, FileKind
from joust_task.files.storing import chunks_of, sha256_of, stored
from joust_task.resources import OpenResources
from joust_task.tasks.errors import NotTheOwner, TaskNotDraft, TaskNotFound
from joust_task.tasks.queries import get_own
from joust_task.tasks.rules import check_is_draft
from joust_task.test_suites.commands import set_test_suite
from joust_task.test_suites.errors import InvalidSuite, NotJson, SuiteTooLarge
from joust_task.test_suites.rules import check_file, read_suite

router = APIRouter(prefix="/internal/tasks", route_class=TranslatingRoute, responses=responses(Unauthorized))


class _Form(Command):
    file: UploadFile


@router.post(
    "/{task_id}/test-suite",
    status_code=201,
    response_model=TaskView,
    responses=responses(TaskNotFound, NotTheOwner, TaskNotDraft, SuiteTooLarge, NotJson, InvalidSuite),
)
async def upload_test_suite(
    task_id: UUID,
    form: Annotated[_Form, Form()],
    actor: CurrentActor,
    request: Request,
    resources: OpenResources,
) -> Response:
    """Give a draft a test suite, in place of the one that it may have.

    The file is stored before the transaction begins: no lock and no connection waits for storage.
    """
    file = form.file
    async with resources.database.reading() as session:
        check_is_draft((await get_own(session, actor, task_id)).status)
    check_file(file.filename or "", file.size or 0, resources.settings.max_test_suite_bytes)
    suite = await asyncio.to_thread(read_suite, await file.read())
    digest = await sha256_of(file)
    key = FileKey(task_id, FileKind.TEST_SUITE, resources.database.ids.new())
    needless = str(key)

    async def act(unit: UnitOfWork) -> BaseModel:
        nonlocal needless
        ref = TestSuiteRef(
            key=str(key),
            sha256=digest.hex(),
            size_bytes=file.size or 0,
            cases_count=len(suite.test_cases),
        )
        task, replaced = await set_test_suite(unit, actor, task_id, ref)
        needless = replaced or ""
        return task.snapshot()

    async with stored(resources.storage, str(key), chunks_of(file), file.size or 0, "application/json"):
        answer = await answer_once(request, digest, act, status=201)
    if needless:
        await remove_if_possible(resources.storage, needless)
    return answer
