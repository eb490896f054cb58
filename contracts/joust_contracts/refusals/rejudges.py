"""Refusals of judging a whole task again."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

NOT_JUDGED_NOW = Refusal(
    409,
    ErrorCode.TASK_NOT_OPEN,
    "Only a task that is open or evaluating can be judged again; a draft has no scores and a closed task its "
    "winner.",
)
SAME_JUDGE = Refusal(
    409,
    ErrorCode.CONFLICT,
    "Every score of this task is by the judge as it is now. A task is judged again after its judge changed.",
)
REJUDGE_RUNNING = Refusal(
    409, ErrorCode.CONFLICT, "The task is being judged again already. GET this path tells how far it is."
)
