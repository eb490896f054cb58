"""Caps on values hold however many write at once, and the count of use is always what is there."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy.exc import IntegrityError

from joust_submission.settings import SubmissionSettings
from joust_submission.workspace.models import Kind, Usage
from joust_submission.workspace.rules import Amount
from services.submission.tests.workspace.desk import Desk, code_of


def text_of(size_bytes: int) -> str:
    return f'"{"x" * (size_bytes - 2)}"'


def test_the_caps_are_those_of_the_document() -> None:
    defaults = {name: field.default for name, field in SubmissionSettings.model_fields.items()}
    assert defaults["workspace_max_value_bytes"] == 1_000_000
    assert defaults["workspace_max_value_bytes_in_all"] == 10_000_000
    assert defaults["workspace_max_keys"] == 10_000


async def test_of_many_new_keys_at_once_exactly_those_are_kept_for_which_there_is_room(
    small_desk: Desk,
) -> None:
    answers = await asyncio.gather(*(small_desk.put(f"k{number}") for number in range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 5, 409: 15}
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"KEY_QUOTA_EXCEEDED"}
    assert (await small_desk.counted_values()).entries == 5


async def test_of_many_bytes_at_once_no_more_are_kept_than_there_is_room_for(small_desk: Desk) -> None:
    answers = await asyncio.gather(*(small_desk.put(f"k{number}", text_of(30)) for number in range(5)))
    assert Counter(answer.status_code for answer in answers) == {200: 3, 409: 2}
    assert {code_of(answer)[1] for answer in answers if answer.status_code == 409} == {"BYTE_QUOTA_EXCEEDED"}
    assert await small_desk.counted_values() == Amount(3, 90)


async def test_writers_of_one_key_at_once_leave_one_value_that_is_counted_once(small_desk: Desk) -> None:
    sizes = [10, 20, 30, 40] * 5
    answers = await asyncio.gather(*(small_desk.put("k", text_of(size)) for size in sizes))
    assert {answer.status_code for answer in answers} == {200}
    assert (await small_desk.counted_values()).entries == 1


async def test_writing_and_deleting_at_once_never_loses_count(small_desk: Desk) -> None:
    writes = [small_desk.put(f"k{number % 4}", text_of(3 + number)) for number in range(20)]
    deletes = [small_desk.delete(f"k{number % 4}") for number in range(20)]
    mixed = [one for pair in zip(writes, deletes, strict=True) for one in pair]
    assert {answer.status_code for answer in await asyncio.gather(*mixed)} == {200}
    await small_desk.counted_values()


async def test_a_value_of_the_largest_size_is_kept_and_one_byte_more_is_not(small_desk: Desk) -> None:
    await small_desk.keep("a", value_json=text_of(40))
    refused = await small_desk.put("a", text_of(41))
    assert code_of(refused) == (413, "FILE_TOO_LARGE")
    assert (await small_desk.get("/value", key="a"))["size_bytes"] == 40


async def test_a_full_workspace_takes_replacements_that_fit(small_desk: Desk) -> None:
    await small_desk.keep("a", "b", value_json=text_of(40))
    await small_desk.keep("c", value_json=text_of(20))
    assert code_of(await small_desk.put("c", text_of(21))) == (409, "BYTE_QUOTA_EXCEEDED")
    await small_desk.keep("c", value_json=text_of(5))
    await small_desk.keep("d", value_json=text_of(15))
    assert await small_desk.counted_values() == Amount(4, 100)


async def test_the_quota_tells_what_is_used_and_what_is_allowed(small_desk: Desk) -> None:
    allowed = {"keys_limit": 5, "bytes_limit": 100}
    assert await small_desk.get("/value-quota") == {"keys_used": 0, "bytes_used": 0, **allowed}
    await small_desk.keep("a", "b", value_json=text_of(7))
    assert await small_desk.get("/value-quota") == {"keys_used": 2, "bytes_used": 14, **allowed}


@pytest.mark.parametrize("amount", [Amount(-1, 0), Amount(0, -1), Amount(0, 1)])
async def test_the_database_refuses_a_use_that_can_not_be(desk: Desk, amount: Amount) -> None:
    usage = Usage(
        account_id=desk.actor.account_id, kind=Kind.VALUES, entries=amount.entries, bytes=amount.bytes
    )
    with pytest.raises(IntegrityError):
        async with desk.service.database.transaction() as unit:
            unit.session.add(usage)
