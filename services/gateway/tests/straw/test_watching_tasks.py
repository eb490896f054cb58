"""The streams of leaderboards and of tasks."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.events import LeaderboardChanged, SubmissionReceived, TaskClosed, TaskDeadlinePassed
from joust_contracts.events.rankings import RankedEntry
from joust_contracts.internal.rankings import LeaderboardView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.vocabulary import TaskStatus
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import (
    Party,
    a_leaderboard,
    a_quota,
    a_snapshot,
    a_task,
    new_id,
    sign_up,
)
from services.gateway.tests.streaming import (
    Seen,
    all_closed,
    asked_times,
    events_of,
    open_times,
    resources_of,
    tell_event,
)

ENTRY = RankedEntry(rank=1, account_id=new_id(), agent_id=new_id(), submission_id=new_id(), final_score=90)


class Subject:
    """A task whose state the services answer."""

    def __init__(
        self, gateway: ServiceUnderTest, services: FakeServices, owner_id: UUID | None = None
    ) -> None:
        self.gateway = gateway
        self.services = services
        self.task: TaskView = a_task(owner_id or new_id())
        self.board: LeaderboardView = a_leaderboard(self.task)
        self.show()

    @property
    def path(self) -> str:
        return f"/api/v1/tasks/{self.task.id}"

    def show(self) -> None:
        self.services.answer(f"task GET /internal/tasks/{self.task.id}", self.task)
        self.services.answer(f"ranking GET /internal/tasks/{self.task.id}/leaderboard", self.board)

    async def change(self, **changes: Any) -> None:
        """A score is new."""
        version = self.board.version + 1
        self.board = self.board.model_copy(update={"version": version, **changes})
        self.show()
        data = LeaderboardChanged(task_id=self.task.id, version=version, entry=ENTRY, entries_count=1)
        await tell_event(self.gateway, data)

    async def go_on(self, status: TaskStatus) -> None:
        """The task's status is new."""
        self.task = self.task.model_copy(update={"status": status, "version": self.task.version + 1})
        update = {"task_status": status, "revealed": True, "version": self.board.version + 2}
        self.board = self.board.model_copy(update=update)
        self.show()
        ended = status == TaskStatus.CLOSED
        kind = TaskClosed if ended else TaskDeadlinePassed
        await tell_event(self.gateway, kind(task=self.task))


@pytest.fixture
def subject(gateway: ServiceUnderTest, services: FakeServices) -> Subject:
    return Subject(gateway, services)


def watching(party: Party, path: str, seen: str | None = None) -> "asyncio.Task[Any]":
    headers = {} if seen is None else {"Last-Event-ID": seen}
    return asyncio.create_task(party.ask("GET", path, headers=headers))


async def told(*streams: "asyncio.Task[Any]") -> list[list[Seen]]:
    answers = await asyncio.wait_for(asyncio.gather(*streams), 5)
    assert {answer.status_code for answer in answers} == {200}
    return [events_of(answer) for answer in answers]


class TestLeaderboard:
    async def test_it_is_shown_now_on_each_change_and_at_the_end(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        first = subject.board.version
        stream = watching(agent, f"{subject.path}/leaderboard/stream")
        await open_times(subject.gateway, 1)
        await subject.change(entries=())
        await asked_times(services, "ranking", 2)
        await subject.go_on(TaskStatus.EVALUATING)
        await asked_times(services, "ranking", 3)
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(stream)
        assert [(event.name, int(event.id) - first) for event in seen] == [
            ("leaderboard", 0),
            ("leaderboard", 1),
            ("leaderboard", 3),
            ("leaderboard", 5),
            ("terminal", 5),
        ]
        assert [event.data["revealed"] for event in seen] == [False, False, True, True, True]
        assert all(event.data.pop("server_time").endswith("Z") for event in seen)
        read = (await agent.ask("GET", f"{subject.path}/leaderboard")).json()
        assert seen[-1].data == read
        await all_closed(subject.gateway)

    async def test_a_change_is_read_once_for_all_agents_and_once_for_the_owner(
        self, gateway: ServiceUnderTest, poster: Party, agent: Party, services: FakeServices
    ) -> None:
        subject = Subject(gateway, services, poster.account_id)
        path = f"{subject.path}/leaderboard/stream"
        streams = [watching(party, path) for party in [agent] * 30 + [poster] * 5]
        await open_times(gateway, 35)
        assert resources_of(gateway).watches.count == 2
        services.asked.clear()
        await subject.change(entries=())
        await asked_times(services, "ranking", 2)
        await subject.go_on(TaskStatus.CLOSED)
        for seen in await told(*streams):
            assert [event.name for event in seen][-2:] == ["leaderboard", "terminal"]
            assert len(seen) == 4
        assert len(services.asked_of("ranking")) == 4
        assert len(services.asked_of("task")) == 4

    async def test_what_is_not_seen_to_change_is_not_told(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        stream = watching(agent, f"{subject.path}/leaderboard/stream")
        await open_times(subject.gateway, 1)
        await subject.change()
        await asked_times(services, "ranking", 2)
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(stream)
        assert [event.name for event in seen] == ["leaderboard", "leaderboard", "terminal"]

    async def test_an_older_state_than_the_one_that_was_shown_is_passed_over(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        stream = watching(agent, f"{subject.path}/leaderboard/stream")
        await open_times(subject.gateway, 1)
        newest = subject.board
        await subject.change(version=1, entries=())
        await asked_times(services, "ranking", 2)
        subject.board = newest
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(stream)
        assert len(seen) == 3

    async def test_a_reader_that_comes_again_gets_what_it_missed(
        self, subject: Subject, agent: Party
    ) -> None:
        now = subject.board.version
        path = f"{subject.path}/leaderboard/stream"
        streams = [watching(agent, path, str(seen)) for seen in (now - 1, now, now + 3)]
        await open_times(subject.gateway, 3)
        await subject.go_on(TaskStatus.CLOSED)
        older, current, newer = await told(*streams)
        assert [(event.name, int(event.id) - now) for event in older] == [
            ("leaderboard", 0),
            ("leaderboard", 2),
            ("terminal", 2),
        ]
        assert [event.name for event in current] == ["leaderboard", "terminal"]
        assert newer == []

    async def test_one_that_is_over_ends_at_once(self, subject: Subject, agent: Party) -> None:
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(watching(agent, f"{subject.path}/leaderboard/stream"))
        assert [event.name for event in seen] == ["leaderboard", "terminal"]
        [again] = await told(watching(agent, f"{subject.path}/leaderboard/stream", seen[-1].id))
        assert [event.name for event in again] == ["terminal"]


class TestTask:
    async def test_it_is_shown_with_our_time_and_the_readers_quota_until_it_is_closed(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        quota = f"submission GET /internal/tasks/{subject.task.id}/quota"
        services.answer(quota, a_quota(1))
        stream = watching(agent, f"{subject.path}/events/stream")
        await open_times(subject.gateway, 1)
        services.answer(quota, a_quota(2))
        await tell_event(subject.gateway, SubmissionReceived(submission=a_snapshot(agent, subject.task)))
        await asked_times(services, "submission", 2)
        await subject.go_on(TaskStatus.EVALUATING)
        await asked_times(services, "task", 2)
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(stream)
        shown = [(event.name, event.id, event.data["status"], event.data["quota"]["used"]) for event in seen]
        assert shown == [
            ("task", "2.1", "open", 1),
            ("task", "2.2", "open", 2),
            ("task", "3.2", "evaluating", 2),
            ("task", "4.2", "closed", 2),
            ("terminal", "4.2", "closed", 2),
        ]
        fields = {"id", "status", "deadline", "eval_mode", "quota", "server_time"}
        assert all(set(event.data) == fields for event in seen)
        await all_closed(subject.gateway)

    async def test_a_change_that_no_reader_watches_for_is_not_told(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        stream = watching(agent, f"{subject.path}/events/stream")
        await open_times(subject.gateway, 1)
        subject.task = subject.task.model_copy(update={"title": "Another", "version": 3})
        subject.show()
        await tell_event(subject.gateway, TaskDeadlinePassed(task=subject.task))
        await asked_times(services, "task", 3)
        await subject.go_on(TaskStatus.CLOSED)
        [seen] = await told(stream)
        assert [event.id for event in seen] == ["2.0", "4.0", "4.0"]

    async def test_a_reader_that_comes_again_is_told_of_a_changed_quota(
        self, subject: Subject, agent: Party, services: FakeServices
    ) -> None:
        services.answer(f"submission GET /internal/tasks/{subject.task.id}/quota", a_quota(3))
        path = f"{subject.path}/events/stream"
        streams = [watching(agent, path, seen) for seen in ("2.3", "2.2", "1.3", "2")]
        await open_times(subject.gateway, 4)
        await subject.go_on(TaskStatus.CLOSED)
        counts = [len(seen) for seen in await told(*streams)]
        assert counts == [2, 3, 3, 3]


@pytest.mark.parametrize("kind", ["leaderboard", "events"])
class TestWhoMayWatch:
    async def test_a_draft_has_streams_for_its_owner_alone(
        self, gateway: ServiceUnderTest, poster: Party, services: FakeServices, kind: str
    ) -> None:
        subject = Subject(gateway, services, poster.account_id)
        closed = {"status": TaskStatus.CLOSED}
        subject.task = subject.task.model_copy(update=closed)
        subject.board = subject.board.model_copy(update={"task_status": TaskStatus.CLOSED})
        subject.show()
        services.refuse_others(f"task GET /internal/tasks/{subject.task.id}", poster.account_id)
        [seen] = await told(watching(poster, f"{subject.path}/{kind}/stream"))
        assert seen[-1].name == "terminal"
        stranger = await sign_up(gateway)
        refused = await stranger.ask("GET", f"{subject.path}/{kind}/stream")
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        await all_closed(gateway)

    async def test_a_task_that_is_not_there_has_none(
        self, gateway: ServiceUnderTest, agent: Party, kind: str
    ) -> None:
        refused = await agent.ask("GET", f"/api/v1/tasks/{new_id()}/{kind}/stream")
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        await all_closed(gateway)
