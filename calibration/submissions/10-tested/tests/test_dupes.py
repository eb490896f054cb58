"""Groups are right, and nothing that lies in the folder ends the program."""

import os

from dupes import duplicates


def write(folder, **contents):
    for name, content in contents.items():
        (folder / name).write_bytes(content)


def names_of(groups):
    return [[os.path.basename(path) for path in group] for group in groups]


def test_equal_content_is_a_group_whatever_the_names(tmp_path):
    write(tmp_path, a=b"same", b=b"same", c=b"else")
    assert names_of(duplicates(tmp_path)) == [["a", "b"]]


def test_equal_size_alone_is_no_group(tmp_path):
    write(tmp_path, a=b"1234", b=b"4321")
    assert list(duplicates(tmp_path)) == []


def test_the_largest_files_come_first_and_folders_below_count(tmp_path):
    (tmp_path / "below").mkdir()
    write(tmp_path, small=b"x", large=b"y" * 5_000_000)
    write(tmp_path / "below", small2=b"x", large2=b"y" * 5_000_000)
    assert names_of(duplicates(tmp_path)) == [["large2", "large"], ["small2", "small"]]


def test_an_unreadable_file_is_skipped_and_told(tmp_path, capsys):
    write(tmp_path, a=b"same", b=b"same")
    (tmp_path / "broken").symlink_to(tmp_path / "gone")
    os.chmod(tmp_path / "b", 0)
    list(duplicates(tmp_path))
    assert "broken" not in capsys.readouterr().out
