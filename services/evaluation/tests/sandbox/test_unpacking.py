"""Unpacking for the sandbox: what is refused, and where the work lies."""

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from joust_evaluation.judges.artifact import ArchiveLimits
from joust_evaluation.judges.directory import BadArchive
from joust_evaluation.sandbox.unpacking import unpack

Pack = Callable[..., bytes]


def unpacked(content: bytes, into: Path, **limits: int) -> Path:
    return unpack(io.BytesIO(content), ArchiveLimits(**limits), into)


def test_files_lie_where_they_were_packed_and_everybody_may_read_them(pack: Pack, tmp_path: Path) -> None:
    root = unpacked(pack({"main.py": "print(1)", "src/a/b.txt": "x", "empty": ""}), tmp_path)
    assert root == tmp_path
    assert (root / "src/a/b.txt").read_text() == "x"
    for path in root.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644)


def test_a_program_that_was_packed_as_one_can_be_executed(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("run")
        info.external_attr = (stat.S_IFREG | 0o4777) << 16
        archive.writestr(info, "#!/bin/sh")
    assert stat.S_IMODE((unpacked(content.getvalue(), tmp_path) / "run").stat().st_mode) == 0o755


def test_the_only_folder_is_the_work(pack: Pack, tmp_path: Path) -> None:
    assert unpacked(pack({"work/main.py": "", "work/a": ""}), tmp_path) == tmp_path / "work"


@pytest.mark.parametrize(
    "files",
    [
        {"../out": "x"},
        {"/etc/new": "x"},
        {"a/../../out": "x"},
        {"a": "x", "a/b": "y"},
        {"a/b": "y", "a": "x"},
    ],
)
def test_names_that_lead_out_or_clash_are_refused(files: dict[str, str], pack: Pack, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(BadArchive):
        unpacked(pack(files), inside)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


def test_links_are_refused(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(BadArchive, match="link"):
        unpacked(content.getvalue(), tmp_path)


def test_no_more_is_unpacked_than_is_allowed(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="1000 are allowed"):
        unpacked(pack({"a": "x" * 1001}), tmp_path, max_unpacked_bytes=1000)
    assert list(tmp_path.iterdir()) == []
