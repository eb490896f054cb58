"""All tables of the service, for migrations."""

from joust_submission.assets.models import Asset
from joust_submission.base import KIT
from joust_submission.contests.models import KnownCompetition, KnownEntry
from joust_submission.drafts.models import Draft
from joust_submission.drops.models import DropEntries, DropSubmission, KnownDrop
from joust_submission.entrants.models import Release
from joust_submission.rejudges.models import Rejudge, RejudgedSubmission
from joust_submission.slots.models import ReturnedSlot
from joust_submission.submissions.models import Quota, Submission
from joust_submission.tasks.models import KnownTask
from joust_submission.workspace.models import File, PinnedFile, Upload, Usage, Value

METADATA = KIT.metadata

__all__ = [
    "METADATA",
    "Asset",
    "Draft",
    "DropEntries",
    "DropSubmission",
    "File",
    "KnownCompetition",
    "KnownDrop",
    "KnownEntry",
    "KnownTask",
    "PinnedFile",
    "Quota",
    "Rejudge",
    "RejudgedSubmission",
    "Release",
    "ReturnedSlot",
    "Submission",
    "Upload",
    "Usage",
    "Value",
]
