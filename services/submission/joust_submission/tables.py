"""All tables of the service, for migrations."""

from joust_submission.base import KIT
from joust_submission.drops.models import DropEntries, DropSubmission, KnownDrop
from joust_submission.rejudges.models import Rejudge, RejudgedSubmission
from joust_submission.slots.models import ReturnedSlot
from joust_submission.submissions.models import Quota, Submission
from joust_submission.tasks.models import KnownTask
from joust_submission.workspace.models import File, PinnedFile, Upload, Usage, Value

METADATA = KIT.metadata

__all__ = [
    "METADATA",
    "DropEntries",
    "DropSubmission",
    "File",
    "KnownDrop",
    "KnownTask",
    "PinnedFile",
    "Quota",
    "Rejudge",
    "RejudgedSubmission",
    "ReturnedSlot",
    "Submission",
    "Upload",
    "Usage",
    "Value",
]
