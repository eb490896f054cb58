"""Refusals of the manual flow.

JoustError
├── BadRequest           400  IncompleteBody (``incoming``)
├── Forbidden            403  NotTheSubmitter
├── Conflict             409  SubmissionInProgress, WrongStatus, AlreadyUploaded, TaskClosed, NoUploadFound
└── UnsupportedType      415  NoUpload: neither a form nor bytes

What is wrong with an artifact is refused as ``archives.errors`` says.
"""

from joust_contracts.refusals import uploads
from joust_kit.errors import Conflict, Forbidden, UnsupportedType


class NotTheSubmitter(Forbidden, says=uploads.NOT_THE_SUBMITTER):
    """The caller may see the submission, and it is another's."""


class SubmissionInProgress(Conflict, says=uploads.SUBMISSION_IN_PROGRESS):
    """The account has a registered submission to the task whose artifact is to come; ``details`` names it."""


class WrongStatus(Conflict, says=uploads.WRONG_STATUS):
    """The submission is past the point at which its artifact can come."""


class AlreadyUploaded(Conflict, says=uploads.ALREADY_UPLOADED):
    """The artifact is there and wants to be completed."""


class TaskClosed(Conflict, says=uploads.TASK_CLOSED):
    """The task was closed; nothing is taken any more."""


class NoUploadFound(Conflict, says=uploads.NO_UPLOAD_FOUND):
    """Nothing was put to the upload URL yet."""


class NoUpload(UnsupportedType):
    """The body is of a kind that holds no artifact."""

    message = "Send the zip as the file 'file' of a multipart/form-data form, or as application/octet-stream."
