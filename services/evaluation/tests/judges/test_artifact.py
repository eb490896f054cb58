"""Reading of submitted archives, honest and hostile."""

import io
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joust_evaluation.judges.artifact import ArchiveLimits, SubmittedFiles, read_archive
from joust_evaluation.judges.directory import BadArchive

LIMITS = ArchiveLimits(max_files=50, max_unpacked_bytes=5_000_000, max_characters=20_000)
Pack = Callable[..., bytes]


def packed_by_hand(
    *entries: tuple[zipfile.ZipInfo | str, bytes], method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """A zip with entries that no honest tool would write."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for info, data in entries:
            archive.writestr(info, data, compress_type=method)
    return content.getvalue()


def with_directory(directory: bytes) -> bytes:
    """A zip whose directory is what it is; there are no files."""
    return directory + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(directory), 0, 0)


def read(content: bytes, limits: ArchiveLimits) -> SubmittedFiles:
    return read_archive(io.BytesIO(content), limits)


def why_refused(content: bytes, limits: ArchiveLimits = LIMITS) -> str:
    with pytest.raises(BadArchive) as refused:
        read(content, limits)
    return str(refused.value)


def test_texts_are_read_and_binaries_are_named_with_their_size(pack: Pack) -> None:
    files = read(pack({"main.py": "print('ä')", "logo.png": b"\x89PNG\r\n\x1a\n\xff\xfe"}), LIMITS)
    assert [(file.name, file.content, file.is_cut) for file in files.texts] == [
        ("main.py", "print('ä')", False)
    ]
    assert [(file.name, file.size_bytes) for file in files.binaries] == [("logo.png", 10)]
    assert files.notes == ""


def test_submission_md_comes_first_then_the_names_sorted_and_generated_files_last(pack: Pack) -> None:
    names = ["z.py", "node_modules/a.js", "a.py", "SUBMISSION.md", ".git/config"]
    files = read(pack(dict.fromkeys(names, "text")), LIMITS)
    assert [file.name for file in files.texts] == [
        "SUBMISSION.md", "a.py", "z.py", ".git/config", "node_modules/a.js"
    ]  # fmt: skip


def test_the_order_within_the_archive_changes_nothing(pack: Pack) -> None:
    files = {f"{index}.txt": f"text {index} " * 400 for index in range(20)}
    backwards = dict(reversed(files.items()))
    assert read(pack(files), LIMITS) == read(pack(backwards), LIMITS)


def test_a_text_with_a_byte_order_mark_is_read_without_it(pack: Pack) -> None:
    assert read(pack({"a.txt": b"\xef\xbb\xbfhello"}), LIMITS).texts[0].content == "hello"


@pytest.mark.parametrize("content", [b"abc\0def", b"caf\xe9", b"ok so far \xe2\x82"])
def test_what_is_not_clean_utf_8_counts_as_binary(pack: Pack, content: bytes) -> None:
    files = read(pack({"a.bin": content}), LIMITS)
    assert files.texts == ()
    assert files.binaries[0].name == "a.bin"


def test_characters_that_lie_across_the_reader_s_pieces_are_kept_whole(pack: Pack) -> None:
    text = "a" + "€" * 60_000
    files = read(pack({"euro.txt": text}), ArchiveLimits(max_characters=200_000))
    assert files.texts[0].content == text


def test_an_empty_archive_has_no_files(pack: Pack) -> None:
    assert read(pack({}), LIMITS).texts == ()


def test_directories_are_no_files() -> None:
    content = packed_by_hand(("src/", b""), ("src/main.py", b"print(1)"))
    assert [file.name for file in read(content, LIMITS).texts] == ["src/main.py"]


def test_one_big_file_does_not_hide_the_others_and_the_cut_is_stated(pack: Pack) -> None:
    files = read(pack({"SUBMISSION.md": "short", "a.csv": "1,2\n" * 50_000, "b.py": "print(1)"}), LIMITS)
    assert [file.name for file in files.texts] == ["SUBMISSION.md", "a.csv", "b.py"]
    assert files.texts[1].is_cut
    assert "only the beginning of a.csv was read" in files.notes


def test_what_finds_no_room_is_left_out_and_stated(pack: Pack) -> None:
    limits = ArchiveLimits(max_characters=6000)
    files = read(pack({f"{name}.txt": name * 4000 for name in "abcdefghi"}), limits)
    assert sum(len(file.content) for file in files.texts) <= limits.max_characters
    assert files.left_out
    assert "left out" in files.notes


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 30_000), max_size=12),
    room=st.integers(1, 20_000),
)
def test_never_more_characters_than_allowed_and_every_file_is_accounted_for(
    sizes: list[int], room: int
) -> None:
    entries = [(f"{index}.txt", b"x" * size) for index, size in enumerate(sizes)]
    files = read(packed_by_hand(*entries), ArchiveLimits(max_characters=room))
    assert sum(len(file.content) for file in files.texts) <= room
    assert len(files.texts) + len(files.binaries) + len(files.left_out) == len(sizes)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 10])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    assert "not a valid zip" in why_refused(content)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up.txt",
        "a/../../up.txt",
        "..",
        "c:/x.txt",
        "a\\b.txt",
        "a//b.txt",
        "a\nb.txt",
        "x" * 256,
        "d/" * 65 + "f",
        "exe.\u202egpj",
        " a.txt",
        "./a.txt",
    ],
)
def test_names_that_are_not_plain_relative_paths_are_refused(name: str) -> None:
    assert "plain relative path" in why_refused(packed_by_hand((name, b"text")))


def test_a_name_that_ends_at_a_nul_for_some_readers_is_refused(pack: Pack) -> None:
    content = pack({"good_bad.txt": "text"}).replace(b"good_bad.txt", b"good\0bad.txt")
    assert "plain relative path" in why_refused(content)


def test_dots_within_a_name_are_fine(pack: Pack) -> None:
    assert read(pack({"a..b.txt": "x", "...": "y"}), LIMITS).texts


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_special_files_are_refused(kind: int) -> None:
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = (kind | 0o777) << 16
    assert "link or a special file" in why_refused(packed_by_hand((link, b"/etc/passwd")))


def test_encrypted_files_are_refused(pack: Pack) -> None:
    content = bytearray(pack({"a.txt": "secret"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert "encrypted" in why_refused(bytes(content))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_can_not_be_unpacked_in_pieces_are_refused(method: int) -> None:
    assert "other than deflate" in why_refused(packed_by_hand(("a.txt", b"text"), method=method))


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = packed_by_hand(("a.txt", b"one"), ("a.txt", b"two"))
    assert "same name" in why_refused(content)


def test_more_files_than_allowed_are_refused(pack: Pack) -> None:
    content = pack({f"{index}.txt": "" for index in range(51)})
    assert "51 files; 50 are allowed" in why_refused(content)


def test_a_list_of_files_that_would_fill_the_memory_is_refused_before_it_is_taken_apart() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    assert "170000 files; 50 are allowed" in why_refused(with_directory(entry * 170_000))
    assert "too much room" in why_refused(with_directory(entry * 180_000))


def test_the_longest_list_of_files_is_read_in_little_memory(pack: Pack) -> None:
    # One character beyond 16 bits makes Python keep four bytes for each of a name.
    content = pack({f"{number:05}{'n' * 240}/{'m' * 240}/{'o' * 200}😀": "x" for number in range(10_000)})
    tracemalloc.start()
    files = read(content, ArchiveLimits())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(files.texts) + len(files.left_out) == 10_000
    assert peak <= 64 * 2**20


def test_a_file_that_looks_like_a_list_of_files_is_read_as_a_file() -> None:
    inner = (b"PK\x01\x02" + bytes(42)) * 1000
    content = packed_by_hand(("list.bin", inner), method=zipfile.ZIP_STORED)
    assert [file.name for file in read(content, LIMITS).binaries] == ["list.bin"]


def test_names_take_room_as_texts_do(pack: Pack) -> None:
    names = [f"{number:03}{'n' * 97}" for number in range(50)]
    files = read(pack(dict.fromkeys(names, "")), ArchiveLimits(max_characters=1001))
    assert [file.name for file in files.texts] == names[:10]
    assert [file.name for file in files.left_out] == names[10:]


def test_more_bytes_than_allowed_are_refused_before_they_are_unpacked(pack: Pack) -> None:
    content = pack({f"{index}.txt": str(index) * 900_000 for index in range(6)})
    assert "unpacks to 5400000 bytes; 5000000 are allowed" in why_refused(content)


def test_a_bomb_within_the_size_limit_is_refused_by_its_ratio(pack: Pack) -> None:
    assert "200 times its packed size" in why_refused(pack({"zeros.txt": "0" * 4_000_000}))


def test_a_file_that_unpacks_to_more_than_it_says_is_never_read_further(pack: Pack) -> None:
    content = bytearray(pack({"a.txt": "x" * 5000}))
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    assert "not a valid zip" in why_refused(bytes(content))


def test_a_file_with_a_wrong_checksum_is_refused(pack: Pack) -> None:
    content = bytearray(pack({"a.txt": "x" * 5000}))
    place = content.index(b"PK\x01\x02") + 16
    content[place] ^= 0xFF
    assert "not a valid zip" in why_refused(bytes(content))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_damaged_archive_is_read_or_refused_and_never_breaks_the_reader(data: st.DataObject) -> None:
    content = bytearray(
        packed_by_hand(("SUBMISSION.md", b"# What I Built\nwork " * 20), ("a/b.py", b"print(1)"))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    with suppress(BadArchive):
        read(bytes(content[:cut] if data.draw(st.booleans()) else content), LIMITS)
