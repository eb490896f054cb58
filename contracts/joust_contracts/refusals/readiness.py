"""Refusals of samples, and of trying a judge on them."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_SUCH_SAMPLE = Refusal(404, ErrorCode.NOT_FOUND, "The task has no such sample.")
SAMPLES_MISSING = Refusal(
    409,
    ErrorCode.SAMPLES_MISSING,
    "The judge is tried on two samples. PUT them to /api/v1/tasks/{id}/samples/reference and …/cheat.",
)
NOT_JUDGED_HERE = Refusal(
    409,
    ErrorCode.WRONG_EVAL_MODE,
    "The judge of an external task is your own program, which is not tried here.",
)
NOT_CHECKED = Refusal(
    404, ErrorCode.NOT_FOUND, "The judge of this task was never tried. POST to this path has it tried."
)
JUDGE_NOT_READY = Refusal(
    409,
    ErrorCode.JUDGE_NOT_READY,
    "The task has samples, and its judge was not seen to tell them apart as they are now; see details. "
    "POST /api/v1/tasks/{id}/readiness and publish once GET says ready, or DELETE both samples.",
)
