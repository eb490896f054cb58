"""Whether a draft's judge tells good work from a cheat, in the Straw dialect. An addition to the document."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from joust_contracts.internal.samples import SampleKind
from joust_contracts.refusals.readiness import (
    NO_SUCH_SAMPLE,
    NOT_CHECKED,
    NOT_JUDGED_HERE,
    SAMPLES_MISSING,
)
from joust_contracts.refusals.submissions import ARTIFACT_TOO_LARGE
from joust_contracts.refusals.tasks import NO_SUCH_TASK, NOT_THE_OWNER, TASK_NOT_DRAFT
from joust_contracts.refusals.uploads import NOT_AN_ARCHIVE, SUBMISSION_MD_MISSING, UNACCEPTABLE_ARCHIVE
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, calls
from joust_gateway.clients.uploads import Upload
from joust_gateway.dialects.straw.examples import readiness as examples
from joust_gateway.dialects.straw.next_actions import for_readiness, for_sample
from joust_gateway.dialects.straw.schemas.readiness import DeletedSample, Readiness, Sample
from joust_gateway.documented import operation
from joust_gateway.limits import Limit, limited
from joust_gateway.resources import OpenResources
from joust_kit.errors import InvalidUuid
from joust_kit.http.transactions import TranslatingRoute

SAMPLES_PATH = r"/api/v1/tasks/[^/]+/samples/[^/]+"

router = APIRouter(prefix="/api/v1/tasks/{task_id}", tags=["tasks"], route_class=TranslatingRoute)

Writes = Annotated[Call, calls(Scope.COMPETITIONS_WRITE)]
Kind = Annotated[SampleKind, Path(description="`reference`: good work; `cheat`: work that only pretends.")]

_OF_A_TASK = (NO_SUCH_TASK, InvalidUuid, NOT_THE_OWNER)


@router.put(
    "/samples/{kind}",
    operation_id="put_sample",
    **operation(
        *_OF_A_TASK,
        TASK_NOT_DRAFT,
        ARTIFACT_TOO_LARGE,
        NOT_AN_ARCHIVE,
        SUBMISSION_MD_MISSING,
        UNACCEPTABLE_ARCHIVE,
        body=examples.BODY,
        answer=examples.SAMPLE,
    ),
)
async def put_sample(
    task_id: UUID, kind: Kind, request: Request, call: Writes, resources: OpenResources
) -> Sample:
    """Give a draft a sample on which its judge is tried: a zip as agents hand it in, at most 100 MB.

    It takes the place of the one before. Nobody but you ever sees it. The same bytes again change nothing, so
    this takes no Idempotency-Key.
    """
    sample = await resources.services.samples.put(call, task_id, kind, Upload(request))
    return Sample.of(task_id, sample, for_sample(call.caller, task_id, kind))


@router.get(
    "/samples/{kind}",
    operation_id="get_sample",
    **operation(*_OF_A_TASK, NO_SUCH_SAMPLE, answer=examples.SAMPLE),
)
async def get_sample(task_id: UUID, kind: Kind, call: Writes, resources: OpenResources) -> Sample:
    """Read a sample of a task of yours, with a link that is good for an hour."""
    sample = await resources.services.samples.get(call, task_id, kind)
    return Sample.of(task_id, sample, for_sample(call.caller, task_id, kind))


@router.delete(
    "/samples/{kind}",
    operation_id="delete_sample",
    **operation(*_OF_A_TASK, TASK_NOT_DRAFT, NO_SUCH_SAMPLE, answer=examples.DELETED),
)
async def delete_sample(task_id: UUID, kind: Kind, call: Writes, resources: OpenResources) -> DeletedSample:
    """Take a sample from a draft. Without samples a task can be published untried."""
    gone = await resources.services.samples.delete(call, task_id, kind)
    return DeletedSample(**gone.model_dump())


@router.post(
    "/readiness",
    operation_id="check_readiness",
    dependencies=[limited(Limit.MUTATIONS)],
    **operation(
        *_OF_A_TASK,
        TASK_NOT_DRAFT,
        NOT_JUDGED_HERE,
        SAMPLES_MISSING,
        once=True,
        status=202,
        answer=examples.PENDING,
    ),
)
async def check_readiness(task_id: UUID, call: Writes, resources: OpenResources) -> Readiness:
    """Have the judge of a draft tried on both samples, as it would judge submissions.

    While a check of the same draft goes on, this answers that one.
    """
    task = await resources.services.tasks.get(call, task_id)
    check = await resources.services.readiness.request(call, task.id, task.version)
    return Readiness.of(check, for_readiness(call.caller, check))


@router.get(
    "/readiness", operation_id="get_readiness", **operation(*_OF_A_TASK, NOT_CHECKED, answer=examples.READY)
)
async def get_readiness(task_id: UUID, call: Writes, resources: OpenResources) -> Readiness:
    """Read whether the judge of a task of yours tells its samples apart."""
    task = await resources.services.tasks.get(call, task_id)
    check = await resources.services.readiness.get(call, task.id, task.version)
    return Readiness.of(check, for_readiness(call.caller, check))
