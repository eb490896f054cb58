"""What the submission service owns, told as it is."""

from joust_contracts.events import SubmissionSnapshotEvent
from joust_kit.messaging.republish import aggregate
from joust_submission.submissions.models import Submission


def _tell_submission(submission: Submission) -> SubmissionSnapshotEvent:
    return SubmissionSnapshotEvent(submission=submission.snapshot())


AGGREGATES = (aggregate(Submission, SubmissionSnapshotEvent, _tell_submission),)
