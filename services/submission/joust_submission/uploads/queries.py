"""What may be asked of submissions whose artifact is to come, and by whom."""

import asyncio
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.submissions import SubmissionView, UploadView
from joust_contracts.vocabulary import SubmissionStatus
from joust_kit.errors import Conflict, Unavailable
from joust_kit.identity import Actor
from joust_kit.storage import ObjectMissing, Storage
from joust_submission.artifacts.keys import key_of_upload
from joust_submission.resources import Resources
from joust_submission.submissions.errors import SubmissionNotFound
from joust_submission.submissions.models import Submission
from joust_submission.tasks.models import KnownTask
from joust_submission.uploads import repository
from joust_submission.uploads.errors import AlreadyUploaded, NotTheSubmitter
from joust_submission.uploads.links import upload_view
from joust_submission.uploads.rules import check_is_registered, check_takes_artifacts

_EXTRA_PATIENCE_SECONDS = 1.0


def check_is_submitter(submission: Submission, actor: Actor) -> None:
    """Raises ``SubmissionNotFound``, or ``NotTheSubmitter`` for who may see the submission."""
    if actor.account_id == submission.account_id:
        return
    if actor.account_id == submission.task_owner_id:
        raise NotTheSubmitter()
    raise SubmissionNotFound()


def check_is_waiting(submission: Submission, task: KnownTask | None, now: datetime) -> None:
    """Raises ``WrongStatus``, ``TaskClosed``, ``DeadlinePassed``, or ``Unavailable`` while tasks are read in.

    Of a failed one it is said first that its task takes nothing any more: that may be why it failed.
    """
    if submission.status is not SubmissionStatus.FAILED:
        check_is_registered(submission.status)
    if task is None:
        raise Unavailable("The submission's task is being read in again. Try again in a moment.")
    check_takes_artifacts(task.status, task.deadline, now)
    check_is_registered(submission.status)


async def find_waiting(resources: Resources, actor: Actor, submission_id: UUID) -> Submission:
    """The actor's submission, if an artifact can still come to it.

    Raises ``SubmissionNotFound``, ``NotTheSubmitter``, ``WrongStatus``, ``TaskClosed``, ``DeadlinePassed`` or
    ``Unavailable``.
    """
    async with resources.database.reading() as session:
        found = await repository.find(session, submission_id)
    if found is None:
        raise SubmissionNotFound()
    check_is_submitter(found.submission, actor)
    check_is_waiting(found.submission, found.task, resources.database.clock.now())
    return found.submission


async def fresh_upload(resources: Resources, actor: Actor, submission_id: UUID) -> UploadView:
    """A new URL for an artifact that is missing. Raises as ``find_waiting``, or ``AlreadyUploaded``."""
    submission = await find_waiting(resources, actor, submission_id)
    if await has_upload(resources.storage, submission_id):
        raise AlreadyUploaded()
    return _view(resources, submission)


async def with_resume(
    view: SubmissionView, actor: Actor, session: AsyncSession, resources: Resources
) -> SubmissionView:
    """The view, with where to go on for the submitter of a registered submission without an artifact.

    Storage that does not answer soon is taken for one that holds nothing: to put the artifact again is fine.
    """
    submission = view.submission
    if submission.status != SubmissionStatus.REGISTERED or submission.account_id != actor.account_id:
        return view
    # No connection waits for storage.
    await session.close()
    try:
        waiting = await find_waiting(resources, actor, submission.id)
    except Conflict:
        # The task takes nothing any more, or the artifact was completed since the view was read.
        return view
    try:
        async with asyncio.timeout(_EXTRA_PATIENCE_SECONDS):
            if await has_upload(resources.storage, submission.id):
                return view
    except (TimeoutError, Unavailable):
        pass
    return view.model_copy(update={"resume": _view(resources, waiting)})


async def has_upload(storage: Storage, submission_id: UUID) -> bool:
    """True if something was put to the upload URL. Raises ``Unavailable``."""
    try:
        await storage.size_of(key_of_upload(submission_id))
    except ObjectMissing:
        return False
    return True


def _view(resources: Resources, submission: Submission) -> UploadView:
    now = resources.database.clock.now()
    return upload_view(resources.storage, submission.id, now, submission.upload_until or now)
