"""Many things, some at a time; one thing, one at a time."""

import asyncio

import pytest

from joust_kit.turns import OneAtATime, each_in_turn


async def test_it_is_done_to_each_once_and_to_no_more_than_some_at_a_time() -> None:
    done, going_on, most = list[int](), 0, 0

    async def act(number: int) -> None:
        nonlocal going_on, most
        going_on += 1
        most = max(most, going_on)
        await asyncio.sleep(0)
        going_on -= 1
        done.append(number)

    await each_in_turn(range(100), act, at_once=7)
    assert sorted(done) == list(range(100))
    assert most == 7


async def test_the_first_failure_is_raised_and_ends_what_goes_on() -> None:
    begun, ended = list[int](), list[int]()

    async def act(number: int) -> None:
        begun.append(number)
        if number == 3:
            raise ValueError("the third")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(number)

    with pytest.raises(ValueError, match="the third"):
        await each_in_turn(range(100), act, at_once=5)
    assert len(begun) <= 5
    assert sorted([*ended, 3]) == sorted(begun)


async def test_of_nothing_nothing_is_done() -> None:
    async def act(_number: int) -> None:
        raise AssertionError

    await each_in_turn([], act, at_once=3)


async def test_a_thing_is_had_by_one_at_a_time_and_others_are_not_waited_for() -> None:
    turns, done = OneAtATime(), list[str]()
    let_go = asyncio.Event()

    async def have(thing: str, name: str, until: asyncio.Event | None = None) -> None:
        async with turns.on(thing):
            done.append(f"{name} begins")
            if until is not None:
                await until.wait()
            done.append(f"{name} ends")

    async with asyncio.TaskGroup() as group:
        group.create_task(have("a", "first", let_go))
        waiting = group.create_task(have("a", "second"))
        await group.create_task(have("b", "other"))
        assert not waiting.done()
        let_go.set()
    assert done == [
        "first begins",
        "other begins",
        "other ends",
        "first ends",
        "second begins",
        "second ends",
    ]
