"""Refusals about tasks."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_TASK = Refusal(404, ErrorCode.NOT_FOUND, "There is no such task.")
"""Unknown, or somebody else's draft."""
NOT_THE_OWNER = Refusal(403, ErrorCode.FORBIDDEN, "Only the task's owner may do that.")
INVALID_TRANSITION = Refusal(409, ErrorCode.INVALID_TRANSITION, "The task's status does not allow that.")
TASK_NOT_DRAFT = Refusal(409, ErrorCode.CONFLICT, "Only drafts can be edited.")
"""What is published can't be edited any more."""
INVALID_WEIGHTS = Refusal(422, ErrorCode.INVALID_WEIGHTS, "Weights must sum to 100.")
"""Those of the rubric, or those of test and judge."""
EVAL_MODE_UNAVAILABLE = Refusal(
    422,
    ErrorCode.EVAL_MODE_UNAVAILABLE,
    "This deployment can't judge tasks in that eval_mode; see details.",
)
EVAL_IMAGE_NOT_PINNED = Refusal(
    409,
    ErrorCode.EVAL_IMAGE_NOT_PINNED,
    "The task's eval_image was changed while it was being published. Publish it again.",
)
EVAL_IMAGE_NOT_FOUND = Refusal(
    422,
    ErrorCode.EVAL_IMAGE_NOT_FOUND,
    "The registry has no such image, or does not give it out without a password. Push it first.",
)
NO_SANDBOX = Refusal(
    422,
    ErrorCode.NO_SANDBOX,
    "This deployment has no sandbox, so it can't run the task's test suite.",
)
"""At publish; a draft may have a suite."""
SUITE_TOO_LARGE = Refusal(413, ErrorCode.FILE_TOO_LARGE, "The test suite is too large; see details.")
NOT_JSON = Refusal(415, ErrorCode.UNSUPPORTED_FILE_TYPE, "A test suite is a .json file.")
