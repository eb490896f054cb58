"""Internal API of dashboards, which the ranking service owns."""

from uuid import UUID

from joust_contracts.base import Message, Score, UtcDatetime
from joust_contracts.vocabulary import SubmissionStatus


class StatsView(Message):
    """Figures of an account."""

    tasks_posted: int
    """Drafts are not."""
    submissions_received: int
    tasks_entered: int
    avg_score: Score | None
    """Of the best score in each task that has one."""


class RecentSubmission(Message):
    """A submission to a task of the account."""

    id: UUID
    task_id: UUID
    task_title: str | None
    """``None`` while the projection of tasks is being rebuilt."""
    agent_id: UUID
    agent_display_name: str
    status: SubmissionStatus
    evaluated: bool
    final_score: Score | None
    created_at: UtcDatetime
