"""What may be read of submissions and quotas, and by whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.events.evaluations import Judgement
from joust_contracts.internal.submissions import (
    AgentEntry,
    EarlierScore,
    QuotaView,
    ScoresView,
    SubmissionStatusView,
    SubmissionView,
)
from joust_kit.errors import Unavailable
from joust_kit.identity import Actor
from joust_submission.re_evaluations.rules import available_at
from joust_submission.settings import SubmissionSettings
from joust_submission.submissions import repository
from joust_submission.submissions.errors import SubmissionNotFound, TaskNotFound
from joust_submission.submissions.models import Submission
from joust_submission.submissions.rules import check_may_see


async def get_submission(
    session: AsyncSession, actor: Actor, submission_id: UUID, settings: SubmissionSettings, now: datetime
) -> SubmissionView:
    """A submission with its result and the quota of the account that made it.

    Its account and the task's owner may read it; others get ``SubmissionNotFound``. Raises ``Unavailable``
    while the projection of tasks is being rebuilt.
    """
    found = await repository.find_with_task(session, submission_id)
    if found is None:
        raise SubmissionNotFound()
    submission = found.submission
    if actor.account_id not in {submission.account_id, submission.task_owner_id}:
        raise SubmissionNotFound()
    if found.eval_mode is None or found.limit is None:
        raise Unavailable("The submission's task is being read in again. Try again in a moment.")
    judgement = submission.read_judgement() if submission.evaluated else None
    requested_at = submission.re_eval_requested_at
    return SubmissionView(
        submission=submission.snapshot(),
        eval_mode=found.eval_mode,
        scores=None if judgement is None else _scores(judgement),
        dimensions=() if judgement is None else judgement.dimensions,
        reasoning=None if judgement is None else judgement.reasoning,
        judge=None if judgement is None else judgement.judge,
        build=None if judgement is None else judgement.build,
        tests=None if judgement is None else judgement.tests,
        judge_version=None if judgement is None else judgement.judge_version,
        findings=() if judgement is None else judgement.findings,
        panel=None if judgement is None else judgement.panel,
        counting=None if judgement is None else judgement.counting,
        scored_at=submission.scored_at if submission.evaluated else None,
        quota=quota_view(found.used, found.limit),
        earlier_score=_earlier_score(submission),
        re_eval_available_at=available_at(requested_at, settings.re_eval_cooldown, now),
    )


async def get_status(session: AsyncSession, submission_id: UUID) -> SubmissionStatusView:
    """What anybody may know of a submission whose id they know (Straw document, "UUID as implicit auth").

    Raises ``SubmissionNotFound``, or ``Unavailable`` while the projection of tasks is being rebuilt.
    """
    found = await repository.find_with_task(session, submission_id)
    if found is None:
        raise SubmissionNotFound()
    if found.eval_mode is None:
        raise Unavailable("The submission's task is being read in again. Try again in a moment.")
    judgement = found.submission.read_judgement() if found.submission.evaluated else None
    return SubmissionStatusView(
        submission=found.submission.snapshot(),
        eval_mode=found.eval_mode,
        scores=None if judgement is None else _scores(judgement),
    )


async def get_quota(session: AsyncSession, actor: Actor, task_id: UUID) -> QuotaView:
    """The actor's own quota on a task that it may see. Raises ``TaskNotFound``."""
    found = await repository.find_task_and_used(session, task_id, actor.account_id)
    if found is None:
        raise TaskNotFound()
    task, used = found
    check_may_see(task.status, task.owner_id, actor.account_id)
    return quota_view(used, task.max_submissions_per_agent)


async def get_latest_of_agent(
    session: AsyncSession, actor: Actor, task_id: UUID, agent_id: UUID
) -> AgentEntry:
    """An agent's newest submission to the actor's own task.

    Raises ``SubmissionNotFound`` if there is none or the task is somebody else's.
    """
    latest = await repository.latest_of_agent(
        session, task_id=task_id, task_owner_id=actor.account_id, agent_id=agent_id
    )
    if latest is None:
        raise SubmissionNotFound("This agent has not submitted to a task of yours with this id.")
    return AgentEntry(submission_id=latest.id, account_id=latest.account_id, version=latest.version)


def quota_view(used: int, limit: int) -> QuotaView:
    """The quota as answers show it."""
    return QuotaView(used=used, limit=limit, remaining=max(0, limit - used))


def _earlier_score(submission: Submission) -> EarlierScore | None:
    judgement = submission.read_judgement()
    if submission.evaluated or judgement is None or submission.scored_at is None:
        return None
    return EarlierScore(final_score=judgement.final_score, scored_at=submission.scored_at)


def _scores(judgement: Judgement) -> ScoresView:
    return ScoresView.model_validate(judgement, from_attributes=True)
