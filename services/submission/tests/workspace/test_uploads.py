"""The presigned flow: a URL, a PUT past the API, and what finalizing takes over."""

import asyncio
from datetime import datetime, timedelta

import httpx2
import pytest

from joust_submission.workspace.files.sweep import WorkspaceSweep
from services.submission.tests.workspace.desk import code_of
from services.submission.tests.workspace.shelf import Shelf

HOUR = timedelta(hours=1)
NOT_UPLOADED = (404, "NOT_FOUND")


async def test_a_file_that_was_put_to_the_url_is_taken_over(shelf: Shelf) -> None:
    begun = await shelf.uploaded("a/b.csv", b"1,2", content_type="text/csv")
    assert set(begun) == {"path", "upload_url", "storage_ref", "expires_at"}
    assert begun["storage_ref"].startswith(f"workspace-uploads/{shelf.actor.account_id}/")
    assert "a/b.csv" not in begun["upload_url"]
    finalized = await shelf.finalize("a/b.csv")
    assert finalized.status_code == 200, finalized.text
    assert (finalized.json()["size_bytes"], finalized.json()["content_type"]) == (3, "text/csv")
    assert (await shelf.download("a/b.csv")).content == b"1,2"
    assert begun["storage_ref"].endswith(str((await shelf.row("a/b.csv")).upload_id))


async def test_the_type_at_the_end_counts(shelf: Shelf) -> None:
    await shelf.uploaded("a", b"1,2", content_type="text/csv")
    assert (await shelf.finalize("a", content_type="text/plain")).json()["content_type"] == "text/plain"


async def test_nothing_is_there_before_it_is_finalized(shelf: Shelf) -> None:
    await shelf.uploaded("a", b"1")
    assert code_of(await shelf.download("a")) == NOT_UPLOADED
    assert (await shelf.counted_files()).entries == 0


async def test_what_was_never_put_can_not_be_finalized_and_still_may_be_put(shelf: Shelf) -> None:
    assert code_of(await shelf.finalize("a")) == NOT_UPLOADED
    url = (await shelf.begin("a")).json()["upload_url"]
    assert code_of(await shelf.finalize("a")) == NOT_UPLOADED
    await shelf.put_to(url, b"late")
    assert (await shelf.finalize("a")).status_code == 200


async def test_an_upload_is_finalized_once_however_many_try(shelf: Shelf) -> None:
    await shelf.uploaded("a", b"1")
    answers = await asyncio.gather(*(shelf.finalize("a") for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    assert (await shelf.counted_files()).entries == 1
    with shelf.service.clock.ahead(HOUR):
        await shelf.resources.removals.remove_due()
    await shelf.assert_only_files_in_storage()


async def test_what_is_put_to_the_url_afterwards_changes_nothing(shelf: Shelf) -> None:
    begun = await shelf.uploaded("a", b"first")
    await shelf.finalize("a")
    await shelf.put_to(begun["upload_url"], b"second, and longer")
    assert (await shelf.download("a")).content == b"first"
    assert code_of(await shelf.finalize("a")) == NOT_UPLOADED
    assert (await shelf.get("/file-quota"))["bytes_used"] == 5


async def test_a_new_url_for_the_path_takes_the_place_of_the_one_before(shelf: Shelf) -> None:
    await shelf.uploaded("a", b"old")
    url = (await shelf.begin("a")).json()["upload_url"]
    assert code_of(await shelf.finalize("a")) == NOT_UPLOADED
    await shelf.put_to(url, b"new")
    await shelf.finalize("a")
    assert (await shelf.download("a")).content == b"new"


async def test_the_url_works_for_two_hours_and_so_does_finalizing(shelf: Shelf) -> None:
    begun = await shelf.uploaded("a", b"1")
    lasts = datetime.fromisoformat(begun["expires_at"]) - shelf.service.clock.now()
    assert timedelta(hours=1, minutes=59) < lasts <= 2 * HOUR
    with shelf.service.clock.ahead(2 * HOUR):
        assert code_of(await shelf.finalize("a")) == NOT_UPLOADED


async def test_another_account_can_not_finalize(shelf: Shelf) -> None:
    await shelf.uploaded("a", b"1")
    assert code_of(await Shelf(shelf.service).finalize("a")) == NOT_UPLOADED


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_the_url_is_good_for_a_put_alone(shelf: Shelf, method: str) -> None:
    begun = await shelf.uploaded("a", b"1")
    async with httpx2.AsyncClient(timeout=30) as http:
        assert (await http.request(method, begun["upload_url"])).status_code >= 400
        other = begun["upload_url"].replace("/workspace-uploads/", "/workspaces/", 1)
        assert (await http.put(other, content=b"1")).status_code == 403


async def test_more_than_is_allowed_is_refused_whatever_was_expected_and_removed(small_shelf: Shelf) -> None:
    await small_shelf.uploaded("a", b"x" * 4001, expected_size_bytes=10)
    assert code_of(await small_shelf.finalize("a")) == (413, "FILE_TOO_LARGE")
    assert await small_shelf.objects() == set()
    assert code_of(await small_shelf.finalize("a")) == NOT_UPLOADED


async def test_what_no_longer_fits_is_refused_and_removed(small_shelf: Shelf) -> None:
    await small_shelf.uploaded("u", b"x" * 3000)
    await small_shelf.uploaded("v", b"x" * 3000)
    await small_shelf.shelve("a", "b", content=b"x" * 4000)
    assert code_of(await small_shelf.finalize("u")) == (409, "BYTE_QUOTA_EXCEEDED")
    await small_shelf.delete_file("a")
    await small_shelf.shelve("a", "c", "d", "e")
    assert code_of(await small_shelf.finalize("v")) == (409, "FILE_QUOTA_EXCEEDED")
    assert not any(key.startswith("workspace-uploads/") for key in await small_shelf.objects())


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (4001, "FILE_TOO_LARGE"),
        (2**63, "FILE_TOO_LARGE"),
        (2**64, "VALIDATION_ERROR"),
        (-1, "VALIDATION_ERROR"),
    ],
)
async def test_what_is_announced_too_large_gets_no_url(small_shelf: Shelf, size: int, code: str) -> None:
    assert code_of(await small_shelf.begin("a", expected_size_bytes=size))[1] == code


async def test_what_is_announced_and_has_no_room_gets_no_url(small_shelf: Shelf) -> None:
    await small_shelf.shelve("a", "b", "c", content=b"x" * 3000)
    assert code_of(await small_shelf.begin("d", expected_size_bytes=1001))[1] == "BYTE_QUOTA_EXCEEDED"
    assert (await small_shelf.begin("a", expected_size_bytes=4000)).status_code == 201
    await small_shelf.shelve("d", "e")
    assert code_of(await small_shelf.begin("f"))[1] == "FILE_QUOTA_EXCEEDED"


async def test_urls_at_once_are_no_more_than_allowed_and_come_free_again(small_shelf: Shelf) -> None:
    answers = await asyncio.gather(*(small_shelf.begin(f"f{number}") for number in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 3 + [409] * 5
    taken = next(answer.json()["path"] for answer in answers if answer.status_code == 201)
    assert (await small_shelf.begin(taken)).status_code == 201
    with small_shelf.service.clock.ahead(3 * HOUR):
        assert (await small_shelf.begin("later")).status_code == 201


class TestSweep:
    @pytest.fixture
    def sweep(self, shelf: Shelf) -> WorkspaceSweep:
        return WorkspaceSweep(shelf.service.database, shelf.storage, min_age=HOUR, interval=HOUR)

    async def test_what_was_put_and_never_finalized_is_removed_once_the_url_is_over(
        self, shelf: Shelf, sweep: WorkspaceSweep
    ) -> None:
        await shelf.uploaded("a", b"1")
        with shelf.service.clock.ahead(1.5 * HOUR):
            await sweep.sweep()
            assert len(await shelf.objects()) == 1
            assert (await shelf.finalize("a")).status_code == 200
        await shelf.uploaded("b", b"1")
        with shelf.service.clock.ahead(4 * HOUR):
            await asyncio.gather(sweep.sweep(), sweep.sweep())
            await shelf.assert_only_files_in_storage()
            assert (await shelf.download("a")).content == b"1"

    async def test_an_object_whose_commit_never_came_is_removed_when_it_is_old(
        self, shelf: Shelf, sweep: WorkspaceSweep
    ) -> None:
        await shelf.shelve("a")
        row = await shelf.row("a")
        async with shelf.service.database.transaction() as unit:
            await unit.session.delete(await unit.session.merge(row))
        await sweep.sweep()
        assert len(await shelf.objects()) == 1
        with shelf.service.clock.ahead(2 * HOUR):
            await sweep.sweep()
        assert await shelf.objects() == set()
