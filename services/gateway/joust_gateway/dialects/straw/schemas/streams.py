"""What streams of the Straw API show that no other answer does."""

from typing import Self
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Message, UtcDatetime
from joust_contracts.internal.tasks import TaskView
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_gateway.dialects.straw.schemas.common import Quota
from joust_gateway.dialects.straw.schemas.submissions import Submission
from joust_gateway.dialects.straw.schemas.tasks import Leaderboard


class StreamedSubmission(Submission):
    """A submission, and our clock."""

    server_time: UtcDatetime


class StreamedLeaderboard(Leaderboard):
    """A leaderboard, and our clock."""

    # as in the other streams, whatever the leaderboard's own fields are called
    server_time: UtcDatetime = Field(serialization_alias="server_time")


class WatchedTask(Message):
    """What may change of a task while one works on it (Straw document, ``GET …/events/stream``)."""

    id: UUID
    status: TaskStatus
    deadline: UtcDatetime
    eval_mode: EvalMode

    @classmethod
    def of(cls, task: TaskView) -> Self:
        """Translate."""
        return cls(id=task.id, status=task.status, deadline=task.deadline, eval_mode=task.eval_mode)


class StreamedTask(WatchedTask):
    """A task with the reader's quota, and our clock."""

    quota: Quota
    server_time: UtcDatetime
