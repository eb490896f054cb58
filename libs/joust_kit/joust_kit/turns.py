"""Doing the same to many things some at a time, and different things to one thing one at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


async def each_in_turn(things: Iterable[T], act: Callable[[T], Awaitable[None]], *, at_once: int) -> None:
    """Do it to all, and be done when all are done. The first failure ends what goes on, and is raised."""
    rest = iter(things)

    async def take_turns() -> None:
        for thing in rest:
            await act(thing)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(take_turns())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


class OneAtATime:
    """Whoever does something to a thing waits for those who came before, within this process."""

    def __init__(self) -> None:
        self._turns: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def on(self, thing: Hashable) -> AsyncIterator[None]:
        """Have the thing to oneself for the length of the block."""
        turn = self._turns.setdefault(thing, asyncio.Lock())
        async with turn:
            yield
