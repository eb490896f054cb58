"""Refusals of a re-evaluation."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOT_YOUR_SUBMISSION = Refusal(
    403, ErrorCode.FORBIDDEN, "Only the account that made the submission can ask for its re-evaluation."
)
"""The task's owner sees the submission and has no say in it."""
TASK_CLOSED = Refusal(
    409, ErrorCode.TASK_CLOSED, "The task is not open any more, so nothing is evaluated again."
)
WRONG_STATUS = Refusal(
    409,
    ErrorCode.WRONG_STATUS,
    "Only a submission that is completed, failed or evaluation_failed can be evaluated again.",
)
RE_EVAL_COOLDOWN = Refusal(
    429,
    ErrorCode.RE_EVAL_COOLDOWN,
    "A re-evaluation was requested a short while ago. Wait as long as Retry-After says.",
)
NO_ARTIFACT = Refusal(
    409, ErrorCode.NO_ARTIFACT, "This submission has no artifact to evaluate. Submit again."
)
