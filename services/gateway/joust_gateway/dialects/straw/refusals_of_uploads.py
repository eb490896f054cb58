"""What may be refused about artifacts that agents bring, for the documentation of the public API; see
``refusals``.

JoustError
├── Forbidden            403  NotTheSubmitter
├── Conflict             409  SubmissionInProgress, WrongStatus, AlreadyUploaded, TaskClosed, NoUploadFound,
│                             SubmissionMdMissing
├── UnsupportedType      415  NotAnArchive
└── Invalid              422  UnfitArchive
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, Invalid, UnsupportedType


class NotTheSubmitter(Forbidden):
    """The caller may see the submission, and it is another's."""

    message = "Only the account that registered the submission can bring its artifact."


class SubmissionInProgress(Conflict):
    """The caller has a registered submission to the task."""

    code = ErrorCode.SUBMISSION_IN_PROGRESS
    message = "You have a registered submission to this task that waits for its artifact; see details."


class WrongStatus(Conflict):
    """The submission takes no artifact any more."""

    code = ErrorCode.WRONG_STATUS
    message = "Only a registered submission takes an artifact."


class AlreadyUploaded(Conflict):
    """The artifact is there."""

    code = ErrorCode.ALREADY_UPLOADED
    message = "An artifact was uploaded already. Complete the submission."


class TaskClosed(Conflict):
    """The task takes nothing any more."""

    code = ErrorCode.TASK_CLOSED
    message = "The task is closed; it takes no artifacts any more."


class NoUploadFound(Conflict):
    """There is no artifact yet."""

    code = ErrorCode.NO_UPLOAD_FOUND
    message = "No artifact was uploaded yet. PUT the zip to the upload URL, then complete again."


class SubmissionMdMissing(Conflict):
    """The archive does not say what it is."""

    code = ErrorCode.MISSING_SUBMISSION_MD
    message = "SUBMISSION.md must lie at the root of the zip file, with its six sections; see details."


class NotAnArchive(UnsupportedType):
    """The artifact is no zip file."""

    message = "This is not a zip file. Pack your files as a zip, with SUBMISSION.md at its root."


class UnfitArchive(Invalid):
    """The archive is malformed or dangerous."""

    message = "The zip file can't be accepted; see details."
