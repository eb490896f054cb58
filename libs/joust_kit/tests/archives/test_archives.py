"""Archives of strangers: each hostile one is refused by the name of its flaw, quickly and in little memory."""

import io
import time
import tracemalloc
from pathlib import Path

import pytest

from joust_kit.archives.checking import CheckedArchive, check_archive
from joust_kit.archives.entries import ArchiveLimits
from joust_kit.archives.errors import REMEDIES, Flaw, UnacceptableArchive
from joust_kit.errors import JoustError
from libs.joust_kit.tests.archives.corpus import BAD, ODD

LIMITS = ArchiveLimits(max_unpacked_bytes=100_000_000)
CPU_SECONDS = 0.2
MEMORY_BYTES = 64 * 2**20


def refusal_of(content: bytes) -> JoustError | None:
    try:
        check_archive(io.BytesIO(content), LIMITS)
    except JoustError as error:
        return error
    return None


def told_of(refusal: JoustError) -> Flaw | str:
    return refusal.flaw if isinstance(refusal, UnacceptableArchive) else refusal.code.value


@pytest.mark.parametrize("name", BAD)
def test_a_hostile_archive_is_refused_by_name_quickly_and_in_little_memory(name: str) -> None:
    make, expected = BAD[name]
    content = make()
    began = time.thread_time()
    refusal = refusal_of(content)
    took = time.thread_time() - began
    assert refusal is not None, "it was accepted"
    assert told_of(refusal) == expected, refusal.details
    assert str(refusal)
    assert took <= CPU_SECONDS
    tracemalloc.start()
    refusal_of(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= MEMORY_BYTES


def test_every_flaw_is_in_the_corpus_and_has_a_remedy() -> None:
    assert (
        {expected for _, expected in BAD.values() if isinstance(expected, Flaw)} == set(Flaw) == set(REMEDIES)
    )


@pytest.mark.parametrize("name", ODD)
def test_an_odd_archive_in_which_nothing_is_wrong_is_accepted(name: str) -> None:
    assert isinstance(check_archive(io.BytesIO(ODD[name]()), LIMITS), CheckedArchive)


def test_the_corpus_is_large_enough() -> None:
    assert len(BAD) >= 80
    assert len(ODD) >= 20


def test_nothing_is_written_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for make, _ in BAD.values():
        refusal_of(make())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("every", [1, 7])
def test_an_archive_that_is_cut_anywhere_is_refused(every: int) -> None:
    content = ODD["as Python packs it"]()
    for length in range(0, len(content), every):
        assert refusal_of(content[:length]) is not None, length


def test_a_byte_that_is_changed_anywhere_never_ends_in_anything_but_a_refusal() -> None:
    content = ODD["as Python packs it"]()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 0xFF
        refusal_of(bytes(changed))


def test_files_are_counted_without_folders() -> None:
    checked = check_archive(io.BytesIO(ODD["folders of their own"]()), LIMITS)
    assert checked.names == ("SUBMISSION.md", "src/a.py")
