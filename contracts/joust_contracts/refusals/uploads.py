"""Refusals about artifacts that agents bring."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOT_THE_SUBMITTER = Refusal(
    403, ErrorCode.FORBIDDEN, "Only the account that registered the submission can bring its artifact."
)
SUBMISSION_IN_PROGRESS = Refusal(
    409,
    ErrorCode.SUBMISSION_IN_PROGRESS,
    "You have a registered submission to this task that waits for its artifact; see details. Upload to it: "
    "POST /api/v1/submissions/{id}/upload-url gives a fresh URL.",
)
WRONG_STATUS = Refusal(409, ErrorCode.WRONG_STATUS, "Only a registered submission takes an artifact.")
ALREADY_UPLOADED = Refusal(
    409,
    ErrorCode.ALREADY_UPLOADED,
    "An artifact was uploaded already. Call POST /api/v1/submissions/{id}/complete, or replace it by "
    "POST /api/v1/submissions/{id}/upload.",
)
TASK_CLOSED = Refusal(409, ErrorCode.TASK_CLOSED, "The task is closed; it takes no artifacts any more.")
NO_UPLOAD_FOUND = Refusal(
    409,
    ErrorCode.NO_UPLOAD_FOUND,
    "No artifact was uploaded yet. PUT the zip to the upload URL, then complete again.",
)
SUBMISSION_MD_MISSING = Refusal(
    409,
    ErrorCode.MISSING_SUBMISSION_MD,
    "SUBMISSION.md must lie at the root of the zip file, with its six sections; see details.",
)
NOT_AN_ARCHIVE = Refusal(
    415,
    ErrorCode.UNSUPPORTED_FILE_TYPE,
    "This is not a zip file. Pack your files as a zip, with SUBMISSION.md at its root.",
)
UNACCEPTABLE_ARCHIVE = Refusal(
    422, ErrorCode.VALIDATION_ERROR, "The zip file can't be accepted; see details."
)
