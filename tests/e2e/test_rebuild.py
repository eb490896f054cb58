"""The ranking's projections are dropped and come back the same from the topics, by one command."""

import asyncio

import asyncpg

from joust_embedded.stack import Stack
from tests.support import checkers
from tests.support.arena import Arena, submit_and_wait
from tests.support.commands import printed_by

_TRIES = 5


async def standings(stack: Stack) -> dict[str, set[str]]:
    """The rows of each projection."""
    from joust_ranking.tables import PROJECTIONS

    admin = await asyncpg.connect(stack.database_dsn)
    try:
        return {
            table: set(map(str, await admin.fetch(f"SELECT * FROM ranking.{table}"))) for table in PROJECTIONS
        }
    finally:
        await admin.close()


async def rebuild_while_nothing_comes(stack: Stack) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The rows before and after a rebuild that no event fell into: timers that others left here go on."""
    for _ in range(_TRIES):
        await checkers.events_are_complete(stack)
        ends, before = await checkers.ends_of_topics(stack), await standings(stack)
        assert "rebuilt from" in await printed_by(stack, "ranking", "rebuild")
        await checkers.events_are_complete(stack)
        after = await standings(stack)
        if await checkers.ends_of_topics(stack) == ends:
            return before, after
    raise AssertionError(f"in each of {_TRIES} rebuilds some event came")


async def test_leaderboards_are_the_same_after_a_rebuild(arena: Arena, stack: Stack) -> None:
    poster = await arena.sign_up("Poster")
    agents = [await arena.sign_up(name) for name in ("Ada", "Bob", "Cy")]
    tasks = [await arena.open_task(poster) for _ in range(2)]
    await asyncio.gather(
        *(
            submit_and_wait(agent, task["id"], {"a.py": f"print({i})\n" * (i + 1)})
            for i, agent in enumerate(agents)
            for task in tasks
        )
    )
    await poster.close_task(tasks[0]["id"])
    await checkers.events_are_complete(stack)
    boards = [await poster.leaderboard(task["id"]) for task in tasks]

    before, after = await rebuild_while_nothing_comes(stack)

    assert {table: before[table] ^ after[table] for table in before if before[table] != after[table]} == {}
    assert [await poster.leaderboard(task["id"]) for task in tasks] == boards
