"""What the submission service owns, told as it is."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events import (
    CompetitionEntrantSnapshotEvent,
    CompetitionSubmissionSnapshotEvent,
    DropSubmissionsSnapshotEvent,
    SubmissionSnapshotEvent,
)
from joust_kit.messaging.republish import Aggregate, aggregate
from joust_submission.drafts.models import Draft
from joust_submission.drops import repository as drops
from joust_submission.drops.models import DropEntries
from joust_submission.drops.queries import snapshots_of
from joust_submission.entrants.models import Release
from joust_submission.submissions.models import Submission


def _tell_submission(submission: Submission) -> SubmissionSnapshotEvent:
    return SubmissionSnapshotEvent(submission=submission.snapshot())


async def _tell_entries(
    session: AsyncSession, rows: Sequence[DropEntries]
) -> list[DropSubmissionsSnapshotEvent]:
    known = await drops.find_all(session, [row.drop_id for row in rows])
    return [
        DropSubmissionsSnapshotEvent(
            drop_id=row.drop_id,
            version=row.version,
            prompt=known[row.drop_id].prompt,
            submissions=await snapshots_of(session, row.drop_id),
            sealed_at=row.sealed_at,
        )
        for row in rows
        # Without a version nothing was told yet, and of what is not known nothing can be told.
        if row.version and row.drop_id in known
    ]


def _tell_draft(draft: Draft) -> CompetitionSubmissionSnapshotEvent | None:
    """Nobody hears of work that was never handed in."""
    if draft.submitted_at is None:
        return None
    return CompetitionSubmissionSnapshotEvent(submission=draft.snapshot())


def _tell_release(release: Release) -> CompetitionEntrantSnapshotEvent:
    return CompetitionEntrantSnapshotEvent(entrant=release.snapshot())


AGGREGATES = (
    aggregate(Submission, SubmissionSnapshotEvent, _tell_submission),
    Aggregate(DropEntries, DropSubmissionsSnapshotEvent, _tell_entries),
    aggregate(Draft, CompetitionSubmissionSnapshotEvent, _tell_draft),
    aggregate(Release, CompetitionEntrantSnapshotEvent, _tell_release),
)
