"""Every place before another is counted exactly once."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from joust_ranking.ranks.rules import before, buckets_of

START = datetime(2026, 11, 22, 12, tzinfo=UTC)

scores = st.one_of(st.sampled_from([0, 1, 5_000, 5_001, 9_999, 10_000]), st.integers(0, 10_000)).map(
    lambda hundredths: hundredths / 100
)
moments = st.timedeltas(timedelta(), timedelta(hours=5)).map(lambda late: START + late)


@given(st.tuples(scores, moments), st.tuples(scores, moments))
def test_a_place_is_in_one_span_or_in_the_same_minute_exactly_if_it_may_be_before(
    one: tuple[float, datetime], other: tuple[float, datetime]
) -> None:
    spans, since = before(*one)
    counted = sum(
        bucket.level == span.level and span.first <= bucket.number < span.end
        for bucket in buckets_of(*other)
        for span in spans
    )
    own_minute = other[0] == one[0] and since <= other[1] < one[1]
    is_before = (-other[0], other[1]) < (-one[0], one[1])
    assert counted + own_minute == is_before


@given(scores, moments)
def test_a_place_falls_into_one_bucket_of_each_level(score: float, moment: datetime) -> None:
    assert [bucket.level for bucket in buckets_of(score, moment)] == [1, 2, 3, 4]
    assert all(0 <= bucket.number < 2**63 for bucket in buckets_of(score, moment))
