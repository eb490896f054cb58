"""What the wallet knows of tasks and submissions does not depend on how the events come."""

import itertools
import random
from typing import Any

import pytest

from joust_contracts.events import (
    ALL_EVENTS,
    EventData,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    TaskClosed,
    TaskCreated,
    TaskDeadlinePassed,
    TaskPublished,
)
from joust_contracts.events.submissions import SubmissionEvent
from joust_contracts.events.tasks import TaskEvent
from joust_contracts.vocabulary import SubmissionStatus, TaskStatus
from joust_kit.messaging.inbox import Outcome
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_wallet.entries import repository
from joust_wallet.entries.models import PROJECTIONS, KnownSubmission
from joust_wallet.entries.rules import is_handed_in
from joust_wallet.subscriptions import SUBSCRIPTIONS
from services.wallet.tests.market import IDS, a_submission, a_task


def a_tasks_life() -> list[EventData]:
    owner, id = IDS.new(), IDS.new()
    steps: list[tuple[type[Any], TaskStatus]] = [
        (TaskCreated, TaskStatus.DRAFT),
        (TaskPublished, TaskStatus.OPEN),
        (TaskDeadlinePassed, TaskStatus.EVALUATING),
        (TaskClosed, TaskStatus.CLOSED),
    ]
    return [
        kind(task=a_task(owner, id=id, version=version, status=status))
        for version, (kind, status) in enumerate(steps, start=1)
    ]


def a_submissions_life() -> list[EventData]:
    task, agent, id = a_task(IDS.new()), an_actor(), IDS.new()
    received = a_submission(task, agent, id=id, version=2)
    failed = a_submission(task, agent, id=id, version=3, status=SubmissionStatus.EVALUATION_FAILED)
    completed = a_submission(
        task, agent, id=id, version=4, status=SubmissionStatus.COMPLETED, evaluated=True, final_score=80
    )
    return [
        SubmissionReceived(submission=received),
        SubmissionFailed(submission=failed),
        SubmissionCompleted(submission=completed),
    ]


async def test_a_task_ends_the_same_in_every_order_of_its_events(wallet: ServiceUnderTest) -> None:
    for order in itertools.permutations(range(4)):
        life = a_tasks_life()
        for place in order:
            await wallet.deliver(life[place])
            if random.Random(str(order)).random() < 0.5:
                await wallet.deliver(life[place])
        async with wallet.database.reading() as session:
            known = await repository.find_task(session, life[0].aggregate_id)
        assert known is not None
        assert (known.version, known.status) == (4, TaskStatus.CLOSED)


async def test_a_submission_ends_the_same_in_every_order_of_its_events(wallet: ServiceUnderTest) -> None:
    for order in itertools.permutations(range(3)):
        life = a_submissions_life()
        for place in [*order, *order]:
            await wallet.deliver(life[place])
        async with wallet.database.reading() as session:
            known = await session.get(KnownSubmission, life[0].aggregate_id)
        assert known is not None
        assert (known.version, known.handed_in) == (4, True)


async def test_the_same_event_is_handled_once(wallet: ServiceUnderTest) -> None:
    event, id = a_tasks_life()[0], IDS.new()
    assert await wallet.deliver(event, event_id=id) is Outcome.HANDLED
    assert await wallet.deliver(event, event_id=id) is Outcome.DUPLICATE


async def test_an_agents_account_is_found_by_any_of_its_submissions(wallet: ServiceUnderTest) -> None:
    task, agent = a_task(IDS.new()), an_actor()
    never_came = a_submission(task, agent, status=SubmissionStatus.FAILED, artifact=None, received_at=None)
    await wallet.deliver(SubmissionFailed(submission=never_came))

    async def submitter() -> object:
        async with wallet.database.reading() as session:
            return await repository.find_submitter(session, task.id, agent.agent_id)

    assert await submitter() is None
    for _ in range(2):
        await wallet.deliver(SubmissionReceived(submission=a_submission(task, agent)))
    assert await submitter() == agent.account_id


async def test_each_submission_of_an_agent_has_a_version_of_its_own(wallet: ServiceUnderTest) -> None:
    task, agent = a_task(IDS.new()), an_actor()
    old, new = a_submission(task, agent, version=5), a_submission(task, agent, version=2)
    for submission in (new, old):
        await wallet.deliver(SubmissionReceived(submission=submission))
    async with wallet.database.reading() as session:
        assert await repository.submission_version(session, old.id) == 5
        assert await repository.submission_version(session, new.id) == 2
        assert await repository.submission_version(session, IDS.new()) is None
        assert await repository.task_version(session, IDS.new()) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"artifact": None}, True),
        ({"received_at": None}, True),
        ({"artifact": None, "received_at": None}, False),
        ({"artifact": None, "received_at": None, "evaluated": True}, True),
    ],
)
def test_a_submission_counts_once_its_artifact_came(changes: dict[str, Any], expected: bool) -> None:
    assert is_handed_in(a_submission(a_task(IDS.new()), an_actor(), **changes)) is expected


def test_only_projections_are_emptied_by_a_rebuild(wallet_tables: set[str]) -> None:
    assert set(PROJECTIONS) == {"tasks", "submissions"}
    assert set(PROJECTIONS) < wallet_tables


def test_every_event_that_changes_a_projection_is_listened_to() -> None:
    kept = [event for event in ALL_EVENTS if issubclass(event, TaskEvent | SubmissionEvent)]
    assert len(kept) > 10
    assert set(kept) <= set(SUBSCRIPTIONS.event_types.values())


@pytest.fixture
def wallet_tables() -> set[str]:
    from joust_wallet.tables import METADATA

    return {table.name for table in METADATA.tables.values()}
