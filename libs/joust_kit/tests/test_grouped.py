"""Calls that come at the same time share one run of the work."""

import asyncio
from collections.abc import Sequence

import pytest

from joust_kit.grouped import Grouped


class Desk:
    """Doubles numbers; notes which came together, and waits until it is let go on."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.open = asyncio.Event()

    async def double(self, numbers: Sequence[int]) -> Sequence[int]:
        self.together.append(list(numbers))
        await self.open.wait()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [2 * each for each in numbers]


async def until(desk: Desk, runs: int) -> None:
    async with asyncio.timeout(5):
        while len(desk.together) < runs:
            await asyncio.sleep(0)


async def test_what_comes_while_a_run_is_under_way_shares_the_next_one() -> None:
    grouped, desk = Grouped(), Desk()
    double = desk.double
    first = asyncio.create_task(grouped.call(double, 1))
    await until(desk, 1)
    others = [asyncio.create_task(grouped.call(double, number)) for number in (2, 3, 4)]
    await asyncio.sleep(0)
    desk.open.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert desk.together == [[1], [2, 3, 4]]


async def test_no_run_has_more_than_it_may() -> None:
    grouped, desk = Grouped(at_most=2), Desk()
    double = desk.double
    desk.open.set()
    assert await asyncio.gather(*(grouped.call(double, number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert desk.together == [[0, 1], [2, 3], [4]]


async def test_one_that_fails_spoils_no_other() -> None:
    grouped, desk = Grouped(), Desk()
    double = desk.double
    desk.open.set()
    done = await asyncio.gather(
        *(grouped.call(double, number) for number in (12, 13, 14)), return_exceptions=True
    )
    assert (done[0], repr(done[1]), done[2]) == (24, "ValueError('thirteen')", 28)
    assert desk.together == [[12, 13, 14], [12], [13], [14]]


async def test_a_database_that_does_not_answer_is_asked_once_for_all() -> None:
    runs = 0

    async def unanswered(_numbers: Sequence[int]) -> Sequence[int]:
        nonlocal runs
        runs += 1
        raise ConnectionResetError

    grouped = Grouped()
    done = await asyncio.gather(
        *(grouped.call(unanswered, number) for number in range(3)), return_exceptions=True
    )
    assert {type(each) for each in done} == {ConnectionResetError}
    assert runs == 1


async def test_a_caller_that_is_cancelled_leaves_its_item_to_be_done() -> None:
    grouped, desk = Grouped(), Desk()
    double = desk.double
    first = asyncio.create_task(grouped.call(double, 1))
    await until(desk, 1)
    second = asyncio.create_task(grouped.call(double, 2))
    await asyncio.sleep(0)
    second.cancel()
    desk.open.set()
    assert await first == 2
    await until(desk, 2)
    assert desk.together == [[1], [2]]
    assert second.cancelled()


async def test_closing_breaks_off_what_is_under_way_and_leaves_nobody_waiting() -> None:
    grouped, desk = Grouped(), Desk()
    double = desk.double
    first = asyncio.create_task(grouped.call(double, 1))
    await until(desk, 1)
    second = asyncio.create_task(grouped.call(double, 2))
    await asyncio.sleep(0)
    await grouped.close()
    for each in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(each, 5)
