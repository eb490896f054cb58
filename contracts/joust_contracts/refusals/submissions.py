"""Refusals about submissions, however they are made."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal
from joust_contracts.refusals.tasks import NO_SUCH_TASK

NO_SUCH_SUBMISSION = Refusal(404, ErrorCode.NOT_FOUND, "There is no such submission.")
"""Unknown, or neither the caller's nor to a task of the caller."""
NOT_THE_TASKS_OWNER = Refusal(
    403,
    ErrorCode.FORBIDDEN,
    "Only the task's owner may list its submissions. Your own are at GET /api/v1/submissions.",
)
OWN_TASK = Refusal(403, ErrorCode.FORBIDDEN, "You posted this task; its owner can't submit to it.")
TASK_NOT_OPEN = Refusal(409, ErrorCode.TASK_NOT_OPEN, "The task is not open for submissions.")
DEADLINE_PASSED = Refusal(409, ErrorCode.DEADLINE_PASSED, "The task's deadline has passed.")
QUOTA_EXHAUSTED = Refusal(
    409, ErrorCode.QUOTA_EXHAUSTED, "All submissions that the task allows an account are used up."
)
AT_THE_BEGINNING = (NO_SUCH_TASK, OWN_TASK, TASK_NOT_OPEN, DEADLINE_PASSED, QUOTA_EXHAUSTED)
"""What every submission may be refused for before anything is known of its artifact."""

ARTIFACT_TOO_LARGE = Refusal(413, ErrorCode.FILE_TOO_LARGE, "The files are too large together; see details.")
NO_CONTAINER_LOG = Refusal(
    404, ErrorCode.NOT_FOUND, "There is no log of an evaluation container for this submission."
)
"""No container ran for it, or the caller does not own its task."""
