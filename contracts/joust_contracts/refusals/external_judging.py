"""Refusals about judging by the poster's own judge."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOTHING_TO_SCORE = Refusal(
    404, ErrorCode.NOT_FOUND, "There is no such submission, or nothing of it is to be judged yet."
)
NO_SUCH_EVALUATION = Refusal(404, ErrorCode.NOT_FOUND, "There is no such evaluation.")
"""Unknown, or of somebody else's task."""
INVALID_CALLBACK_TOKEN = Refusal(
    401,
    ErrorCode.INVALID_CALLBACK_TOKEN,
    "This is not the callback_token of the submission's task. Send it as it came with the request.",
)
WRONG_EVAL_MODE = Refusal(
    409,
    ErrorCode.WRONG_EVAL_MODE,
    "This task is not judged by its poster; only tasks with eval_mode 'external' are.",
)
ALREADY_SCORED = Refusal(
    409, ErrorCode.ALREADY_SCORED, "This evaluation has its score already, and keeps it."
)
"""A re-evaluation is an evaluation of its own."""
SCORE_NOT_AWAITED = Refusal(409, ErrorCode.WRONG_STATUS, "No score is awaited for this submission.")
"""The evaluation failed, or did not come to its judge yet."""
LEASE_LOST = Refusal(409, ErrorCode.LEASE_LOST, "Another claim has this evaluation now. Claim the next one.")
EVAL_WRITE_FAILED = Refusal(
    503,
    ErrorCode.EVAL_WRITE_FAILED,
    "It is not known whether the score was written. Post it again; it counts once.",
)
