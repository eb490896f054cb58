"""Internal API of submissions to drops."""

from uuid import UUID

from fastapi import APIRouter

from joust_contracts.internal.drops import (
    AttachedFiles,
    CheckedFiles,
    CheckFiles,
    DropSubmissions,
    DropSubmissionView,
    HandedIn,
    SubmitToDrop,
)
from joust_kit.errors import Unauthorized, Unavailable
from joust_kit.http.errors import responses
from joust_kit.http.transactions import CurrentActor, ExpectedVersions, Reading, TransactionalRoute, Unit
from joust_submission.drops import commands, queries
from joust_submission.drops.errors import (
    AlreadySubmitted,
    DropNotFound,
    DropNotOpen,
    NoClaim,
    NoSubmission,
    NotTheSender,
    OwnDrop,
    TooFast,
    UnknownFile,
)
from joust_submission.resources import OpenResources

router = APIRouter(
    prefix="/internal", route_class=TransactionalRoute, responses=responses(Unauthorized, Unavailable)
)


@router.post(
    "/drops/{drop_id}/submissions",
    responses=responses(DropNotFound, OwnDrop, DropNotOpen, AlreadySubmitted, NoClaim, TooFast, UnknownFile),
)
async def submit(
    drop_id: UUID,
    wanted: SubmitToDrop,
    expected: ExpectedVersions,
    actor: CurrentActor,
    unit: Unit,
    resources: OpenResources,
) -> HandedIn:
    """Hand in work for a drop."""
    await queries.wait_for_drop(resources.database, drop_id, expected)
    return await commands.submit(unit, actor, drop_id, wanted, resources)


@router.get("/drops/{drop_id}/submissions", responses=responses(DropNotFound, NotTheSender))
async def list_to_drop(
    drop_id: UUID,
    expected: ExpectedVersions,
    actor: CurrentActor,
    session: Reading,
    resources: OpenResources,
) -> DropSubmissions:
    """List all submissions to a drop of the actor."""
    await queries.wait_for_drop(resources.database, drop_id, expected)
    return await queries.list_to_drop(session, actor, drop_id, resources)


@router.get("/drops/{drop_id}/own", responses=responses(NoSubmission))
async def get_own(
    drop_id: UUID, actor: CurrentActor, session: Reading, resources: OpenResources
) -> DropSubmissionView:
    """Read what the actor handed in."""
    return await queries.get_own(session, actor, drop_id, resources)


@router.get(
    "/drops/{drop_id}/submissions/{submission_id}",
    responses=responses(DropNotFound, NotTheSender, NoSubmission),
)
async def get_one(
    drop_id: UUID, submission_id: UUID, actor: CurrentActor, session: Reading, resources: OpenResources
) -> DropSubmissionView:
    """Read one submission to a drop of the actor."""
    return await queries.get_one(session, actor, drop_id, submission_id, resources)


@router.get("/drops/{drop_id}/attachments", responses=responses(DropNotFound))
async def list_attachments(
    drop_id: UUID, actor: CurrentActor, session: Reading, resources: OpenResources
) -> AttachedFiles:
    """List the files that go with a prompt."""
    return await queries.list_attachments(session, actor, drop_id, resources)


@router.post("/drop-files/check", responses=responses(UnknownFile))
async def check_files(wanted: CheckFiles, actor: CurrentActor, unit: Unit) -> CheckedFiles:
    """See that files are the actor's."""
    return await queries.check_files(unit.session, actor, wanted)
