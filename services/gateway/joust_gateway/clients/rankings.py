"""Client of the ranking service."""

from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.internal.common import Page
from joust_contracts.internal.dashboards import RecentSubmission, StatsView
from joust_contracts.internal.drops import DropPage, Feed
from joust_contracts.internal.rankings import LeaderboardPage, LeaderboardView, PositionView
from joust_contracts.internal.tasks import TaskView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import Transport


class RankingClient:
    """The ranking service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def leaderboard(self, call: Call, task: TaskView, wanted: LeaderboardPage) -> LeaderboardView:
        """The ranks of a task as it was just read."""
        path = f"/internal/tasks/{task.id}/leaderboard"
        params = {name: str(value) for name, value in wanted.model_dump(exclude_none=True).items()}
        after = [(task.id, task.version)]
        return await self._transport.get(call, path, LeaderboardView, params=params, after=after)

    async def position(self, call: Call, submission: SubmissionSnapshot) -> PositionView:
        """The place of a submission's account in its task, with the submission's result counted."""
        path = f"/internal/tasks/{submission.task_id}/positions/{submission.account_id}"
        after = [(submission.id, submission.iteration)]
        return await self._transport.get(call, path, PositionView, after=after)

    async def stats(self, call: Call) -> StatsView:
        """The caller's figures."""
        return await self._transport.get(call, "/internal/dashboard/stats", StatsView)

    async def recent_submissions(self, call: Call, limit: int, cursor: str | None) -> Page[RecentSubmission]:
        """Submissions to the caller's tasks, newest first."""
        params = {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
        path = "/internal/dashboard/submissions"
        return await self._transport.get(call, path, Page[RecentSubmission], params=params)

    async def feed(self, call: Call, wanted: DropPage) -> Feed:
        """Completed drops, the latest first."""
        params = {"limit": str(wanted.limit), "offset": str(wanted.offset)}
        return await self._transport.get(call, "/internal/feed", Feed, params=params)
