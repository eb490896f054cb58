"""Refusals about judging, its iterations and its results."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NO_TEST_RESULTS = Refusal(
    404, ErrorCode.NOT_FOUND, "There are no test results of this submission to a task of yours."
)
NO_SUCH_EVALUATION = Refusal(404, ErrorCode.NOT_FOUND, "There is no such evaluation.")
"""The submission has no such iteration, or is none of the caller's business."""
NOT_THE_OWNER_OF_THE_TASK = Refusal(
    403, ErrorCode.FORBIDDEN, "Only the task's owner may read the record of an evaluation."
)
"""The record shows what the judge was told; that is for who pays for it."""
