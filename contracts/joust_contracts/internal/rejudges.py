"""Internal API of judging a whole task again."""

from uuid import UUID

from joust_contracts.base import Command, Message, Score, UtcDatetime
from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.internal.common import Page


class RejudgeTask(Command):
    """Judge anew what was not judged by this version."""

    judge_version: JudgeVersion


class Difference(Message):
    """What judging again changed about one submission."""

    submission_id: UUID
    agent_id: UUID
    iteration: int
    """Of the submission when it was judged again."""
    before: Score | None
    """The score that counted; ``None`` if there was none."""
    after: Score | None
    """``None`` while it is not there, and if judging failed."""
    delta: float | None
    """``after`` less ``before``, where both are."""
    failure: str | None
    judge_version_before: JudgeVersion | None
    judge_version_after: JudgeVersion | None
    ended_at: UtcDatetime | None


class RejudgeView(Message):
    """The newest time that a task was judged again: how far it is, and what it changed."""

    task_id: UUID
    number: int
    """How many times so far; 0 if never."""
    judge_version: JudgeVersion | None
    requested_at: UtcDatetime | None
    is_running: bool
    begun: int
    """Submissions whose new evaluation was asked for."""
    judged: int
    failed: int
    all_begun: bool
    """True once all submissions were gone through."""
    differences: Page[Difference]
