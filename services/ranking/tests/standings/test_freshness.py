"""The projection of tasks: the newest version counts, and a reader can wait for it."""

import asyncio
from functools import partial
from itertools import permutations

import pytest

from joust_kit.database.freshness import wait_for_version
from joust_kit.testing.component import an_actor
from joust_ranking.tasks import queries

from .arena import Arena, Handed


async def test_the_newest_version_of_a_task_counts_in_whatever_order_they_come(arena: Arena) -> None:
    told = [arena.created(), arena.published(), arena.deadline_passed(), arena.closed()]
    for order in permutations(told):
        await arena.forget()
        await arena.deliver(*order)
        [task] = (await arena.state())["tasks"]
        assert "version=4" in task
        assert "closed" in task


async def test_an_older_version_changes_nothing(arena: Arena) -> None:
    await arena.deliver(arena.published())
    await arena.deliver(arena.created())
    assert (await arena.look(an_actor())).json()["task_status"] == "open"


async def test_a_reader_waits_for_the_version_that_it_was_told_of(arena: Arena) -> None:
    await arena.deliver(arena.created())
    looking = asyncio.create_task(arena.look(an_actor(), **{"Joust-After": f"{arena.task_id}:2"}))
    assert await asyncio.wait({looking}, timeout=0.05) == (set(), {looking})
    await arena.deliver(arena.published())
    answer = await looking
    assert (answer.status_code, answer.json()["task_status"]) == (200, "open")


async def test_a_reader_of_a_version_that_is_there_is_answered_at_once(arena: Arena) -> None:
    await arena.deliver(arena.published())
    for version in (1, 2):
        answer = await arena.look(an_actor(), **{"Joust-After": f"{arena.task_id}:{version}"})
        assert answer.status_code == 200


async def test_a_version_that_does_not_come_is_told_as_our_delay(
    arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = partial(wait_for_version, timeout_seconds=0.05)
    monkeypatch.setattr(queries, "wait_for_version", impatient)
    await arena.deliver(arena.published())
    answer = await arena.look(an_actor(), **{"Joust-After": f"{arena.task_id}:9"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


async def test_a_version_that_can_not_be_read_is_refused(arena: Arena) -> None:
    await arena.deliver(arena.published())
    assert (await arena.look(an_actor(), **{"Joust-After": "soon"})).status_code == 400


async def test_who_was_told_a_score_waits_until_it_is_counted(arena: Arena) -> None:
    agent = an_actor()
    handed = Handed(agent)
    await arena.deliver(arena.published(), arena.received(handed))
    after = {"Joust-After": f"{handed.id}:1"}
    looking = asyncio.create_task(arena.position(agent, agent.account_id, **after))
    assert await asyncio.wait({looking}, timeout=0.05) == (set(), {looking})
    await arena.deliver(arena.completed(handed, 50))
    answer = await looking
    assert (answer.status_code, answer.json()) == (200, {"position": 1})


async def test_a_failed_evaluation_is_waited_for_like_a_score(arena: Arena) -> None:
    agent = an_actor()
    handed = Handed(agent)
    await arena.deliver(arena.published(), arena.received(handed), arena.failed(handed))
    after = {"Joust-After": f"{handed.id}:1"}
    assert (await arena.position(agent, agent.account_id, **after)).json() == {"position": None}
