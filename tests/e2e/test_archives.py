"""What intake accepts, the judge's reader can read: both check by themselves, and must not differ."""

import io
from collections.abc import Callable
from contextlib import suppress

import pytest

from joust_evaluation.judges.artifact import ArchiveLimits, read_archive
from joust_evaluation.judges.directory import BadArchive
from joust_kit.archives.checking import check_archive
from joust_kit.archives.entries import ArchiveLimits as IntakeLimits
from joust_kit.archives.errors import Flaw, UnacceptableFiles
from libs.joust_kit.tests.archives.corpus import BAD, ODD
from libs.joust_kit.tests.archives.names import ACCEPTED, REFUSED
from libs.joust_kit.tests.archives.zips import MD, File, Zip

OF_THE_FORMAT = {name: make for name, (make, expected) in BAD.items() if isinstance(expected, Flaw)}
INTAKE = IntakeLimits(max_unpacked_bytes=100_000_000)
NOT_IN_ARCHIVES = {"/", "folder/", "\ud800"}
"""A slash at the end makes a folder of the entry, and UTF-8 has no lone surrogates."""


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
def test_the_judge_reads_every_odd_archive_that_is_accepted(make: Callable[[], bytes]) -> None:
    files = read_archive(io.BytesIO(make()), ArchiveLimits())
    assert files.texts[0].name == "SUBMISSION.md"


@pytest.mark.parametrize("make", OF_THE_FORMAT.values(), ids=OF_THE_FORMAT)
def test_no_hostile_archive_breaks_the_judge_should_one_get_that_far(make: Callable[[], bytes]) -> None:
    with suppress(BadArchive):
        read_archive(io.BytesIO(make()), ArchiveLimits())


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_name_that_is_accepted_is_one_that_the_judge_reads(name: str) -> None:
    content = io.BytesIO(bytes(Zip.of(File(name))))
    assert name in check_archive(content, INTAKE).names
    assert name in [file.name for file in read_archive(content, ArchiveLimits()).texts]


@pytest.mark.parametrize("name", [name for name in REFUSED if name not in NOT_IN_ARCHIVES])
def test_a_name_that_is_refused_is_one_that_the_judge_refuses(name: str) -> None:
    content = io.BytesIO(bytes(Zip((MD, File(name)))))
    with pytest.raises(UnacceptableFiles):
        check_archive(content, INTAKE)
    with pytest.raises(BadArchive):
        read_archive(content, ArchiveLimits())
