"""How files are cut: within the limits of S3 for every size that is taken."""

from hypothesis import given
from hypothesis import strategies as st

from joust_contracts.internal.drafts import MAX_ASSET_BYTES, MAX_PARTS_OF_AN_ASSET
from joust_kit.multipart import MAX_PART_BYTES, MAX_PARTS, MIN_PART_BYTES
from joust_submission.assets.rules import MIB, plan_of
from joust_submission.settings import SubmissionSettings


@given(st.integers(min_value=1, max_value=MAX_ASSET_BYTES))
def test_the_parts_of_a_plan_make_the_file_and_keep_the_limits(size_bytes: int) -> None:
    plan = plan_of(size_bytes)
    sizes = [plan.size_of(number, size_bytes) for number in range(1, plan.parts_count + 1)]
    assert sum(sizes) == size_bytes
    assert plan.parts_count <= MAX_PARTS
    assert all(MIN_PART_BYTES <= size <= MAX_PART_BYTES for size in sizes[:-1])
    assert 0 < sizes[-1] <= plan.part_bytes


def test_one_put_takes_100_mib() -> None:
    assert SubmissionSettings.model_fields["asset_single_max_bytes"].default == 100 * MIB


def test_the_largest_file_has_8000_parts_of_64_mib() -> None:
    assert plan_of(MAX_ASSET_BYTES) == (64 * MIB, MAX_PARTS_OF_AN_ASSET) == (64 * MIB, 8000)
