"""The promises hold whatever the scheduler does, and what would break them is found."""

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import asyncpg
import pytest

from tests.simulation import database
from tests.simulation.bugs import BUGS, HARMLESS, Bug
from tests.simulation.campaign import Campaign, campaign
from tests.simulation.run import Result
from tests.support.arena import eventually
from tests.support.parts import Parts

REPLAYED = (1, 3)
FEWEST_STEPS = 500
"""Also the quickest of bounties takes more."""
SEEDS = 3
"""A first look: one worker plays two of them, another the one between. CI plays more by `make simulate`."""
ENOUGH_TO_FIND_A_BUG = 20
ENOUGH_TO_BE_HARMLESS = range(1, 4)


@pytest.fixture(scope="module")
def seeds_of_a_campaign(parts: Parts) -> Iterator[Campaign]:
    """Databases for simulations, on the server of this test run."""
    with campaign(parts.dsn) as opened:
        yield opened


@pytest.fixture(scope="module")
def planted(seeds_of_a_campaign: Campaign) -> Mapping[str, Sequence[Result]]:
    """Results by what was planted. All in one go, for a worker's start costs more than several seeds."""
    found: dict[str, list[Result]] = defaultdict(list)
    bugs = dict.fromkeys(BUGS, range(1, ENOUGH_TO_FIND_A_BUG + 1)) | dict.fromkeys(
        HARMLESS, ENOUGH_TO_BE_HARMLESS
    )
    for result in seeds_of_a_campaign.play((), seeds_by_bug=bugs):
        found[result.bug].append(result)
    return found


@pytest.fixture(scope="module")
def played(seeds_of_a_campaign: Campaign) -> Mapping[int, Result]:
    """Results by seed, with nothing planted, of two workers beside each other on one server."""
    return {result.seed: result for result in seeds_of_a_campaign.play(range(1, SEEDS + 1))}


def test_every_promise_is_kept_in_every_seed(played: Mapping[int, Result]) -> None:
    broken = {
        f"make simulate SEED={seed}": result.problem for seed, result in played.items() if result.problem
    }
    assert broken == {}
    assert len(played) == SEEDS
    assert sum(result.crashes for result in played.values()) > SEEDS


@pytest.mark.faults
def test_a_seed_goes_the_same_way_each_time_whatever_was_played_before(
    seeds_of_a_campaign: Campaign, played: Mapping[int, Result]
) -> None:
    """Once beside another worker, each seed after smaller ones; once with nobody beside it, after larger ones."""
    again = {result.seed: result for result in seeds_of_a_campaign.play(REPLAYED[::-1], workers=1)}
    assert min(result.steps for result in again.values()) > FEWEST_STEPS
    differ = [seed for seed in REPLAYED if again[seed].digest != played[seed].digest]
    assert differ == [], "play each twice, by make simulate SEED=..., and compare the traces"


async def test_databases_are_dropped_though_the_server_ends_the_connection(parts: Parts) -> None:
    name = f"simulation_dropped_{os.getpid()}"
    await database.execute(parts.dsn, f"CREATE DATABASE {name}")
    admin = await asyncpg.connect(parts.dsn)
    holder = await asyncpg.connect(parts.dsn)
    held = holder.transaction()
    await held.start()
    await holder.execute(f"COMMENT ON DATABASE {name} IS 'so that nobody can drop it yet'")
    dropping = asyncio.create_task(database.drop(parts.dsn, [name]))

    async def is_cut_off() -> bool:
        return bool(
            await admin.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ~ $1"
                " AND wait_event_type = 'Lock'",
                f"^DROP DATABASE IF EXISTS {name}",
            )
        )

    try:
        await eventually(is_cut_off)
        await held.rollback()
        await dropping
        assert await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name) == 0
    finally:
        await holder.close()
        await admin.close()


@pytest.mark.faults
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(planted: Mapping[str, Sequence[Result]], bug: str) -> None:
    assert planted[bug][-1].problem, f"not by {len(planted[bug])} seeds"


@pytest.mark.faults
@pytest.mark.parametrize("harmless", HARMLESS)
def test_what_is_harmless_alone_breaks_no_promise(
    planted: Mapping[str, Sequence[Result]], harmless: str
) -> None:
    assert [result.problem for result in planted[harmless]] == [""] * len(ENOUGH_TO_BE_HARMLESS)


async def test_a_bug_knows_whether_anybody_comes_by_it() -> None:
    class Passage:
        async def pass_by(self) -> str:
            return "as ever"

    async def wrong(_self: Passage) -> str:
        return "wrong"

    with Bug([(Passage, "pass_by", wrong)], {}).planted() as calls:
        assert calls == {"pass_by": 0}
        assert await Passage().pass_by() == "wrong"
        assert calls == {"pass_by": 1}
    assert await Passage().pass_by() == "as ever"
