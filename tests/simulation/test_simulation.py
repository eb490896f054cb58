"""The promises hold whatever the scheduler does, and what would break them is found."""

from collections.abc import Iterator

import pytest

from tests.simulation.bugs import BUGS
from tests.simulation.campaign import Campaign, campaign
from tests.support.parts import Parts

SEEDS = 24
"""As many as the suite has time for; `make simulate` plays more."""
ENOUGH_TO_FIND_A_BUG = 60


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


def test_a_seed_goes_the_same_way_each_time_whatever_was_played_before(seeds_of_a_campaign: Campaign) -> None:
    alone, *_ = seeds_of_a_campaign.play([7])
    *_, after_others = seeds_of_a_campaign.play([3, 5, 7], workers=1)
    assert (after_others.seed, after_others.digest) == (7, alone.digest)


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(seeds_of_a_campaign: Campaign, bug: str) -> None:
    found = [
        result
        for result in seeds_of_a_campaign.play(range(1, ENOUGH_TO_FIND_A_BUG + 1), bug=bug)
        if result.problem
    ]
    assert found
