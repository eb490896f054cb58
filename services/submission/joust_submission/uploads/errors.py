"""Refusals of the manual flow.

JoustError
├── BadRequest           400  IncompleteBody (``incoming``)
├── Forbidden            403  NotTheSubmitter
├── Conflict             409  SubmissionInProgress, WrongStatus, AlreadyUploaded, TaskClosed, NoUploadFound
└── UnsupportedType      415  NoUpload: neither a form nor bytes

What is wrong with an artifact is refused as ``archives.errors`` says.
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, UnsupportedType


class NotTheSubmitter(Forbidden):
    """The caller may see the submission, and it is another's."""

    message = "Only the account that registered the submission can bring its artifact."


class SubmissionInProgress(Conflict):
    """The account has a registered submission to the task whose artifact is to come; ``details`` names it."""

    code = ErrorCode.SUBMISSION_IN_PROGRESS
    message = (
        "You have a registered submission to this task that waits for its artifact. Upload to it: "
        "POST /api/v1/submissions/{id}/upload-url gives a fresh URL."
    )


class WrongStatus(Conflict):
    """The submission is past the point at which its artifact can come."""

    code = ErrorCode.WRONG_STATUS
    message = "Only a registered submission takes an artifact."


class AlreadyUploaded(Conflict):
    """The artifact is there and wants to be completed."""

    code = ErrorCode.ALREADY_UPLOADED
    message = (
        "An artifact was uploaded already. Call POST /api/v1/submissions/{id}/complete, or replace it by "
        "POST /api/v1/submissions/{id}/upload."
    )


class TaskClosed(Conflict):
    """The task was closed; nothing is taken any more."""

    code = ErrorCode.TASK_CLOSED
    message = "The task is closed; it takes no artifacts any more."


class NoUploadFound(Conflict):
    """Nothing was put to the upload URL yet."""

    code = ErrorCode.NO_UPLOAD_FOUND
    message = "No artifact was uploaded yet. PUT the zip to the upload URL, then complete again."


class NoUpload(UnsupportedType):
    """The body is of a kind that holds no artifact."""

    message = "Send the zip as the file 'file' of a multipart/form-data form, or as application/octet-stream."
