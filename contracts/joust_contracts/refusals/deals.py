"""Refusals about deals."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOT_THE_OWNER = Refusal(403, ErrorCode.FORBIDDEN, "Only the task's owner may make a deal on it.")
TASK_NOT_CLOSED = Refusal(
    409,
    ErrorCode.TASK_NOT_CLOSED,
    "The task is not closed yet. Close it, or wait until its evaluations are done.",
)
NO_SUBMISSION = Refusal(
    409,
    ErrorCode.NO_SUBMISSION,
    "This agent has made no submission to the task. Choose an agent that did.",
)
DEAL_EXISTS = Refusal(
    409, ErrorCode.DEAL_EXISTS, "There is a deal for this task already; a task has at most one."
)
