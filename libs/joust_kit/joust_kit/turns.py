"""Doing the same to many things, some at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

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
