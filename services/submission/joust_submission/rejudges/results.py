"""Notes what judging a task again brought, in the transaction that writes the result."""

from datetime import datetime

from joust_contracts.events.evaluations import Judgement
from joust_kit.database.unit_of_work import UnitOfWork
from joust_submission.rejudges import repository
from joust_submission.submissions.models import Submission


async def note_score(unit: UnitOfWork, submission: Submission, judgement: Judgement, at: datetime) -> None:
    """Note the score that judging a task again brought, if this is one."""
    # A first iteration is never one, and most submissions have no other.
    if submission.iteration == 1:
        return
    version = judgement.judge_version
    await repository.write_result(
        unit.session,
        submission.id,
        submission.iteration,
        score=judgement.final_score,
        version=None if version is None else version.model_dump(mode="json"),
        failure=None,
        at=at,
    )


async def note_failure(unit: UnitOfWork, submission: Submission, reason: str) -> None:
    """Note that judging a task again brought no score, if this is one."""
    if submission.iteration == 1:
        return
    await repository.write_result(
        unit.session,
        submission.id,
        submission.iteration,
        score=None,
        version=None,
        failure=reason,
        at=unit.now,
    )
