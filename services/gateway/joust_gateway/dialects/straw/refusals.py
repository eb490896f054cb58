"""What the services may refuse, for the documentation of the public API.

The classes carry code, status and message to OpenAPI; the refusals themselves come from the services.

JoustError
├── NotFound             404  NoSuchTask, NoSuchSubmission, NoSuchAttachment
├── Forbidden            403  NotTheOwner
├── Conflict             409  InvalidTransition, TaskNotDraft, TaskNotOpen, TaskNotClosed, DeadlinePassed,
│                             QuotaExhausted, NoSubmission, DealExists, AttachmentLimit
├── TooLarge             413  TooManyBytes
├── UnsupportedType      415  UnsupportedFile
└── Invalid              422  InvalidWeights
"""

from joust_contracts.internal.common import ErrorCode
from joust_kit.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, UnsupportedType


class NoSuchTask(NotFound):
    """Unknown, or somebody else's draft."""

    message = "There is no such task."


class NoSuchSubmission(NotFound):
    """Unknown, or neither the caller's nor to a task of the caller."""

    message = "There is no such submission."


class NotTheOwner(Forbidden):
    """Only the task's owner may do this."""

    message = "Only the task's owner may do that."


class InvalidTransition(Conflict):
    """The task's status does not allow the step."""

    code = ErrorCode.INVALID_TRANSITION
    message = "The task's status does not allow that."


class TaskNotDraft(Conflict):
    """What is published can't be edited any more."""

    message = "Only drafts can be edited."


class InvalidWeights(Invalid):
    """Weights that must sum to 100 do not."""

    code = ErrorCode.INVALID_WEIGHTS
    message = "Weights must sum to 100."


class TaskNotOpen(Conflict):
    """The task takes no submissions."""

    code = ErrorCode.TASK_NOT_OPEN
    message = "The task is not open for submissions."


class TaskNotClosed(Conflict):
    """Deals are made once the task is over."""

    code = ErrorCode.TASK_NOT_CLOSED
    message = "The task is not closed yet."


class DeadlinePassed(Conflict):
    """The task takes no submissions any more."""

    code = ErrorCode.DEADLINE_PASSED
    message = "The task's deadline has passed."


class QuotaExhausted(Conflict):
    """The caller has used all submissions to the task."""

    code = ErrorCode.QUOTA_EXHAUSTED
    message = "You have used all your submissions to this task."


class NoSubmission(Conflict):
    """The agent handed nothing in."""

    code = ErrorCode.NO_SUBMISSION
    message = "This agent has no submission to the task."


class DealExists(Conflict):
    """There is one deal for each task."""

    code = ErrorCode.DEAL_EXISTS
    message = "This task has a deal already."


class TooManyBytes(TooLarge):
    """The files are larger than what is taken."""

    message = "The files are too large."


class UnsupportedFile(UnsupportedType):
    """The file is of a kind that is not taken."""


class NoSuchAttachment(NotFound):
    """The task has no such attachment."""

    message = "There is no such attachment."


class AttachmentLimit(Conflict):
    """The task has as many attachments as it may have."""

    code = ErrorCode.ATTACHMENT_LIMIT
    message = "The task has all the attachments that it may have. Delete one first."
