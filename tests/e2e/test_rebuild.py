"""The ranking's projections are dropped and come back the same from the topics, by one command."""

import asyncio
from typing import Any

import asyncpg

from joust_embedded.stack import Stack
from tests.support import checkers
from tests.support.arena import Arena, submit_and_wait
from tests.support.commands import printed_by


async def standings(stack: Stack) -> dict[str, list[Any]]:
    from joust_ranking.tables import PROJECTIONS

    admin = await asyncpg.connect(stack.database_dsn)
    try:
        return {
            table: sorted(map(str, await admin.fetch(f"SELECT * FROM ranking.{table}")))
            for table in PROJECTIONS
        }
    finally:
        await admin.close()


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
    before = await standings(stack)

    assert "rebuilt from" in await printed_by(stack, "ranking", "rebuild")

    await checkers.wait_until_quiet(stack)
    assert await standings(stack) == before
    assert [await poster.leaderboard(task["id"]) for task in tasks] == boards
