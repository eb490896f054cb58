"""Caps on files hold however many are written at once, and what is refused leaves nothing in storage."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError

from joust_submission.settings import SubmissionSettings
from joust_submission.workspace.rules import Amount
from services.submission.tests.workspace.desk import code_of
from services.submission.tests.workspace.shelf import Shelf, pieces


def test_the_caps_are_those_of_the_document() -> None:
    defaults = {name: field.default for name, field in SubmissionSettings.model_fields.items()}
    assert defaults["workspace_max_file_bytes"] == 25_000_000
    assert defaults["workspace_max_file_bytes_in_all"] == 100_000_000
    assert defaults["workspace_max_files"] == 1000


async def test_of_many_new_files_at_once_exactly_those_are_kept_for_which_there_is_room(
    small_shelf: Shelf,
) -> None:
    answers = await asyncio.gather(*(small_shelf.put_file(f"f{number}") for number in range(12)))
    assert Counter(answer.status_code for answer in answers) == {200: 5, 409: 7}
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"FILE_QUOTA_EXCEEDED"}
    assert (await small_shelf.counted_files()).entries == 5
    await small_shelf.assert_only_files_in_storage()


async def test_of_many_bytes_at_once_no_more_are_kept_than_there_is_room_for(small_shelf: Shelf) -> None:
    content = b"x" * 3000
    answers = await asyncio.gather(*(small_shelf.put_file(f"f{number}", content) for number in range(5)))
    assert Counter(answer.status_code for answer in answers) == {200: 3, 409: 2}
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"BYTE_QUOTA_EXCEEDED"}
    assert await small_shelf.counted_files() == Amount(3, 9000)
    await small_shelf.assert_only_files_in_storage()


async def test_writing_both_ways_and_deleting_at_once_never_passes_a_cap_nor_loses_count(
    small_shelf: Shelf,
) -> None:
    for number in range(3):
        await small_shelf.uploaded(f"u{number}", b"y" * 2500)
    finalizes = [small_shelf.finalize(f"u{number}") for number in range(3)]
    writes = [small_shelf.put_file(f"f{number % 3}", b"x" * 2500) for number in range(9)]
    deletes = [small_shelf.delete_file(f"f{number}") for number in range(3)]
    answers = await asyncio.gather(*finalizes, *writes, *deletes)
    assert {answer.status_code for answer in answers} <= {200, 409}
    counted = await small_shelf.counted_files()
    assert counted.entries <= 5
    assert counted.bytes <= 10_000


async def test_a_file_of_the_largest_size_is_kept_and_one_byte_more_is_not(small_shelf: Shelf) -> None:
    await small_shelf.shelve("a", content=b"x" * 4000)
    for content in (b"x" * 4001, pieces(b"x" * 4001)):
        assert code_of(await small_shelf.put_file("a", content)) == (413, "FILE_TOO_LARGE")
    assert (await small_shelf.get("/file-entry", path="a"))["size_bytes"] == 4000
    await small_shelf.assert_only_files_in_storage()


async def test_the_quota_tells_what_is_used_and_what_is_allowed(small_shelf: Shelf) -> None:
    allowed = {"files_limit": 5, "bytes_limit": 10_000, "per_file_byte_limit": 4000}
    assert await small_shelf.get("/file-quota") == {"files_used": 0, "bytes_used": 0, **allowed}
    await small_shelf.shelve("a", "b", content=b"x" * 7)
    assert await small_shelf.get("/file-quota") == {"files_used": 2, "bytes_used": 14, **allowed}


async def test_values_and_files_are_counted_apart(small_shelf: Shelf) -> None:
    await small_shelf.shelve(*"abcde")
    await small_shelf.keep(*"abcde")
    assert (await small_shelf.counted_values()).entries == (await small_shelf.counted_files()).entries == 5


async def test_the_database_refuses_one_object_for_two_files(shelf: Shelf) -> None:
    await shelf.shelve("a")
    row = await shelf.row("a")
    with pytest.raises(IntegrityError):
        async with shelf.service.database.transaction() as unit:
            unit.session.add(type(row)(**{**row.model_dump(), "path": "b"}))
