"""What intake accepts, the judge's reader can read: both check by themselves, and must not differ."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from joust_evaluation.judges.artifact import ArchiveLimits, BadArchive, read_archive
from joust_submission.archives.errors import Flaw
from services.submission.tests.archives.corpus import BAD, ODD

OF_THE_FORMAT = {name: make for name, (make, expected) in BAD.items() if isinstance(expected, Flaw)}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_the_judge_reads_every_odd_archive_that_is_accepted(make: Callable[[], bytes]) -> None:
    files = read_archive(make(), ArchiveLimits())
    assert files.texts[0].name == "SUBMISSION.md"


@pytest.mark.parametrize("make", OF_THE_FORMAT.values(), ids=OF_THE_FORMAT)
def test_no_hostile_archive_breaks_the_judge_should_one_get_that_far(make: Callable[[], bytes]) -> None:
    with suppress(BadArchive):
        read_archive(make(), ArchiveLimits())
