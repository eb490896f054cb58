"""When an artifact can still come. No I/O, no clock."""

from datetime import datetime, timedelta

from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_submission.submissions.errors import DeadlinePassed
from joust_submission.uploads.errors import TaskClosed, WrongStatus

MAX_URL_LIFETIME = timedelta(days=7)
"""The longest that S3 lets a presigned URL work (AWS Signature Version 4). A task may last for longer: then a
fresh URL is to be asked for."""
ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
"""The first file of an archive, or the end of an empty one."""


def url_lifetime(now: datetime, until: datetime) -> timedelta:
    """How long a URL that is made now works: whole seconds, and no longer than uploads are taken."""
    left = min(until - now, MAX_URL_LIFETIME)
    return timedelta(seconds=max(1, int(left.total_seconds())))


def check_is_registered(status: SubmissionStatus) -> None:
    """Raises ``WrongStatus`` once the artifact was taken, or the submission failed."""
    if status is not SubmissionStatus.REGISTERED:
        raise WrongStatus(
            f"The submission is {status}; only a registered one takes an artifact.", status=status.value
        )


def check_takes_artifacts(status: TaskStatus, deadline: datetime, now: datetime) -> None:
    """Raises ``TaskClosed`` or ``DeadlinePassed``: what counts is the moment at which it is complete.

    An upload URL outlives the deadline by an hour (Straw document, ``submission_lifecycle``), so that bytes
    on their way arrive; but who completes later than everybody else would know the others' names and scores.
    """
    if status is TaskStatus.CLOSED:
        raise TaskClosed()
    if status is not TaskStatus.OPEN or deadline <= now:
        raise DeadlinePassed(deadline=deadline.isoformat())
