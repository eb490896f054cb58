"""Statistics of rounds."""

from tests.performance.results import Counter, Figure
from tests.performance.rounds import Ratio, Sample, interleave, ratio


class TestRatio:
    def test_its_figure_is_the_median_of_the_rounds(self) -> None:
        assert str(Ratio((0.5, 0.4, 0.6))) == "0.50 [0.40 0.60]"

    def test_a_spread_over_two_is_not_resolved(self) -> None:
        assert Ratio((0.5, 1.0)).is_resolved
        assert not Ratio((0.5, 1.01)).is_resolved
        assert "not resolved" in str(Ratio((0.5, 1.01)))

    def test_it_compares_samples_of_the_same_round(self) -> None:
        samples = {"a": [Sample(10, 1), Sample(40, 2)], "b": [Sample(20, 1), Sample(20, 1)]}
        assert ratio(samples, "a", "b").values == (0.5, 1.0)


class TestSample:
    def test_p99_is_exceeded_by_one_in_a_hundred(self) -> None:
        assert Sample(101, 1, list(range(101))).p99_ms == 99

    def test_cpu_is_for_a_thousand_operations(self) -> None:
        assert Sample(500, 1).with_cpu(2).cpu_per_thousand == 4


class TestInterleave:
    async def test_parties_take_turns(self) -> None:
        turns: list[str] = []

        async def first() -> Sample:
            turns.append("a")
            return Sample(1, 1)

        async def second() -> Sample:
            turns.append("b")
            return Sample(1, 1)

        samples = await interleave({"a": first, "b": second}, 3)
        assert "".join(turns) == "ababab"
        assert [len(each) for each in samples.values()] == [3, 3]


class TestVerdict:
    def test_a_goal_is_met_or_missed_by_the_median(self) -> None:
        assert Figure("x", Ratio((0.6,)), at_least=0.6).verdict == "met"
        assert Figure("x", Ratio((2.1,)), at_most=2).verdict == "missed"

    def test_what_is_not_resolved_is_never_met(self) -> None:
        assert Figure("x", Ratio((0.7, 1.5)), at_least=0.6).verdict == "not resolved"

    def test_without_a_goal_there_is_no_verdict(self) -> None:
        assert Figure("x", Ratio((1.0,))).verdict == ""
        assert Counter("x", 3).verdict == ""

    def test_a_counter_may_not_exceed_its_goal(self) -> None:
        assert Counter("x", 3, at_most=2).verdict == "missed"
