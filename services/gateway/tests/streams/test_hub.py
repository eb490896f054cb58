"""Waking the open streams of a submission."""

import asyncio

import pytest

from joust_contracts.events import EvaluationStarted, Event, EventData, SubmissionCompleted, TaskPublished
from joust_contracts.events.evaluations import EvaluatedSubmission
from joust_contracts.vocabulary import EvalMode
from joust_gateway.streams.hub import Hub
from joust_kit.errors import Unavailable
from services.gateway.tests.samples import NOW, Party, a_snapshot, a_task, new_id

SOON = 0.02


def event_of(data: EventData) -> Event[EventData]:
    return Event[EventData].of(data, id=new_id(), time=NOW)


async def test_an_event_wakes_those_who_watch_its_submission_and_nobody_else(agent: Party) -> None:
    hub = Hub(10)
    snapshot = a_snapshot(agent, a_task(new_id()))
    with hub.listen(snapshot.id) as mine, hub.listen(snapshot.id) as also, hub.listen(new_id()) as other:
        await hub.tell(event_of(SubmissionCompleted(submission=snapshot)))
        assert await mine.wait(SOON)
        assert await also.wait(SOON)
        assert not await other.wait(SOON)


async def test_the_start_of_an_evaluation_wakes_too(agent: Party) -> None:
    hub = Hub(10)
    snapshot = a_snapshot(agent, a_task(new_id()))
    names = set(EvaluatedSubmission.model_fields)
    judged = EvaluatedSubmission(**snapshot.model_dump(include=names))
    started = EvaluationStarted(
        evaluation_id=new_id(), version=1, eval_mode=EvalMode.LLM, submission=judged, attempt=1
    )
    with hub.listen(snapshot.id) as listener:
        await hub.tell(event_of(started))
        assert await listener.wait(SOON)


async def test_many_events_before_the_stream_looks_are_one(agent: Party) -> None:
    hub = Hub(10)
    snapshot = a_snapshot(agent, a_task(new_id()))
    with hub.listen(snapshot.id) as listener:
        for _ in range(1000):
            await hub.tell(event_of(SubmissionCompleted(submission=snapshot)))
        assert await listener.wait(SOON)
        assert not await listener.wait(SOON)


async def test_a_waiting_stream_is_woken_at_once(agent: Party) -> None:
    hub = Hub(10)
    snapshot = a_snapshot(agent, a_task(new_id()))
    with hub.listen(snapshot.id) as listener:
        waiting = asyncio.create_task(listener.wait(30))
        await asyncio.sleep(0)
        await hub.tell(event_of(SubmissionCompleted(submission=snapshot)))
        assert await asyncio.wait_for(waiting, 1)


async def test_an_event_that_nobody_watches_or_of_another_kind_is_passed_over(agent: Party) -> None:
    hub = Hub(10)
    task = a_task(new_id())
    await hub.tell(event_of(SubmissionCompleted(submission=a_snapshot(agent, task))))
    await hub.tell(event_of(TaskPublished(task=task)))


def test_who_leaves_is_forgotten_and_leaves_once() -> None:
    hub = Hub(2)
    first, _second = hub.listen(new_id()), hub.listen(new_id())
    with pytest.raises(Unavailable):
        hub.listen(new_id())
    first.close()
    first.close()
    assert hub.open_count == 1
    hub.listen(new_id())


async def test_everybody_is_woken_when_something_may_have_been_missed() -> None:
    hub = Hub(10)
    with hub.listen(new_id()) as one, hub.listen(new_id()) as other:
        hub.wake_all()
        assert await one.wait(5)
        assert await other.wait(5)
