"""The promises hold whatever the scheduler does, and what would break them is found."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.simulation.bugs import BUGS, HARMLESS, Bug
from tests.simulation.campaign import Campaign, campaign
from tests.simulation.run import Result
from tests.support.parts import Parts

SEEDS = 12
"""A first look; CI plays more after the suite (`make simulate`)."""
ENOUGH_TO_FIND_A_BUG = 20


@pytest.fixture(scope="module")
def seeds_of_a_campaign(parts: Parts) -> Iterator[Campaign]:
    """Databases for simulations, on the server of this test run."""
    with campaign(parts.dsn) as opened:
        yield opened


def test_every_promise_is_kept_in_every_seed(seeds_of_a_campaign: Campaign) -> None:
    results = list(seeds_of_a_campaign.play(range(1, SEEDS + 1)))
    broken = {f"make simulate SEED={result.seed}": result.problem for result in results if result.problem}
    assert broken == {}
    assert len(results) == SEEDS
    assert sum(result.crashes for result in results) > SEEDS


@pytest.mark.xfail(
    reason="now and then a poll for jobs of seed 7 comes at another time; the cause is not found"
)
def test_a_seed_goes_the_same_way_each_time_whatever_was_played_before(seeds_of_a_campaign: Campaign) -> None:
    alone, *_ = seeds_of_a_campaign.play([7])
    *_, after_others = seeds_of_a_campaign.play([3, 5, 7], workers=1)
    assert (after_others.seed, after_others.digest) == (7, alone.digest)


@pytest.fixture(scope="module")
def hunts(seeds_of_a_campaign: Campaign) -> Mapping[str, Sequence[Result]]:
    """Results by planted bug, all of them in one go: a worker's start costs more than most hunts."""
    found: dict[str, list[Result]] = defaultdict(list)
    for result in seeds_of_a_campaign.hunt(list(BUGS), range(1, ENOUGH_TO_FIND_A_BUG + 1)):
        found[result.bug].append(result)
    return found


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(hunts: Mapping[str, Sequence[Result]], bug: str) -> None:
    assert hunts[bug][-1].problem, f"not by {len(hunts[bug])} seeds"


def test_marks_that_are_pruned_too_early_break_no_promise(seeds_of_a_campaign: Campaign) -> None:
    results = list(seeds_of_a_campaign.hunt(list(HARMLESS), range(1, 4), workers=1))
    assert [result.problem for result in results] == ["", "", ""]


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
