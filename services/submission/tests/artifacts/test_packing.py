"""Archives: complete, deterministic, limited; and the SUBMISSION.md of those who sent none."""

import re
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_kit.archives.checking import check_archive
from joust_kit.archives.entries import ArchiveLimits
from joust_kit.archives.errors import ArtifactTooLarge, UnacceptableFiles
from joust_kit.archives.submission_md import SECTIONS
from joust_submission.artifacts.packing import pack, packed
from joust_submission.artifacts.submission_md import generate_submission_md
from services.submission.tests.conftest import noise

LIMIT = 1_000_000
NAMES = st.from_regex(r"[a-z]{1,6}\.[a-z]{1,3}", fullmatch=True)
FILES = st.dictionaries(NAMES, st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=8)


def bytes_of(files: dict[str, str]) -> bytes:
    archive = pack(files, LIMIT)
    with archive.file as file:
        content = file.read()
    assert len(content) == archive.size_bytes
    return content


@given(FILES)
def test_what_goes_in_comes_out_and_submission_md_is_there(files: dict[str, str]) -> None:
    archive = pack(files, LIMIT)
    with ZipFile(archive.file) as opened:
        assert tuple(opened.namelist()) == archive.names == tuple(sorted({*files, "SUBMISSION.md"}))
        assert {name: opened.read(name).decode() for name in files} == files
        assert opened.testzip() is None


@given(FILES)
def test_the_same_files_in_any_order_make_the_same_bytes(files: dict[str, str]) -> None:
    assert bytes_of(files) == bytes_of(dict(reversed(files.items())))


def test_entries_are_plain_files_without_the_time_of_packing() -> None:
    with ZipFile(pack({"a.py": "1"}, LIMIT).file) as opened:
        for entry in opened.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert oct(entry.external_attr >> 16) == "0o100644"


def test_a_submission_md_of_the_agent_is_left_as_it_is() -> None:
    archive = pack({"SUBMISSION.md": "mine", "a.py": ""}, LIMIT)
    with ZipFile(archive.file) as opened:
        assert opened.read("SUBMISSION.md") == b"mine"


def test_one_that_is_not_at_the_root_does_not_count() -> None:
    with ZipFile(pack({"docs/SUBMISSION.md": "mine"}, LIMIT).file) as opened:
        assert opened.read("docs/SUBMISSION.md") == b"mine"
        assert b"generated" in opened.read("SUBMISSION.md")


@pytest.mark.parametrize("name", ["submission.md", "SUBMISSION.MD", "SUBMISSION.md/part"])
def test_one_that_would_collide_with_the_generated_one_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnacceptableFiles) as refused:
        pack({name: "mine"}, LIMIT)
    assert list(refused.value.details) == [f"files.{name}"]


def test_text_that_is_not_unicode_is_refused_by_name() -> None:
    with pytest.raises(UnacceptableFiles) as refused:
        pack({"good": "", "odd": "\ud800"}, LIMIT)
    assert list(refused.value.details) == ["files.odd"]


def test_the_limit_counts_unpacked_bytes_so_that_packing_well_does_not_help() -> None:
    with pytest.raises(ArtifactTooLarge):
        pack({"a": "0" * LIMIT, "b": "0"}, LIMIT)


def test_the_limit_counts_bytes_not_characters() -> None:
    with pytest.raises(ArtifactTooLarge):
        pack({"a": "é" * (LIMIT // 2 + 1)}, LIMIT)


def test_the_limit_counts_the_archive_with_its_names() -> None:
    with pytest.raises(ArtifactTooLarge):
        pack({f"{index}-{'x' * 200}": "" for index in range(50)} | {"SUBMISSION.md": ""}, 5000)


def test_text_that_repeats_itself_is_no_bomb() -> None:
    content = "0,0,0\n" * 500_000
    with pack({"zeros.csv": content, "small.csv": "0" * 1000}, 100_000_000).file as file:
        assert check_archive(file, ArchiveLimits(100_000_000)).names
        assert ZipFile(file).read("zeros.csv").decode() == content


def test_an_archive_too_large_for_memory_is_built_on_disk() -> None:
    content = noise(2_500_000)
    with pack({"noise": content}, 100_000_000).file as file:
        assert file._rolled
        assert ZipFile(file).read("noise").decode() == content


async def test_the_archive_is_gone_after_the_block() -> None:
    async with packed({"a": "b"}, LIMIT) as archive:
        file = archive.file
    assert file.closed


def test_the_generated_text_has_the_six_sections_in_order() -> None:
    text = generate_submission_md(["a.py"])
    assert text.startswith("# SUBMISSION.md\n")
    assert tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) == SECTIONS
    assert all(body.strip() for body in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:])


def test_the_generated_text_lists_the_files_and_does_not_speak_for_the_agent() -> None:
    text = generate_submission_md(["a.py", "b/c.py"])
    assert "    a.py\n    b/c.py\n" in text
    assert "Files (2)" in text
    assert "no statement of the agent" in text


def test_the_generated_text_says_nothing_long_twice() -> None:
    long = [line for line in generate_submission_md(["a.py"]).splitlines() if len(line) > 20]
    assert len(set(long)) == len(long)


def test_a_name_that_looks_like_a_heading_stays_verbatim_text() -> None:
    text = generate_submission_md(["## What Works"])
    assert len(re.findall(r"^## What Works$", text, re.MULTILINE)) == 1


def test_a_long_list_of_files_is_cut() -> None:
    text = generate_submission_md([f"{index}.py" for index in range(1000)])
    assert "… and 800 more" in text
    assert len(text) < 5000
