"""Rules of what counts as taking part. No I/O, no clock."""

from joust_contracts.events.submissions import SubmissionSnapshot


def is_handed_in(submission: SubmissionSnapshot) -> bool:
    """True once the artifact was complete, whatever became of its evaluation."""
    return submission.received_at is not None or submission.artifact is not None or submission.evaluated
