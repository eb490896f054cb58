"""Files of a workspace: written, read whole and in part, listed, deleted."""

import asyncio
from datetime import timedelta

import pytest

from services.submission.tests.workspace.desk import code_of
from services.submission.tests.workspace.shelf import Shelf, pieces

CONTENT = bytes(range(256)) * 40
FIELDS = {"path", "size_bytes", "content_type", "created_at", "updated_at"}


async def test_a_file_is_read_as_it_was_written(shelf: Shelf) -> None:
    written = await shelf.put_file("data/a.bin", pieces(CONTENT), content_type="image/png")
    assert written.status_code == 200, written.text
    assert set(written.json()) == FIELDS
    read = await shelf.download("data/a.bin")
    assert (read.status_code, read.content) == (200, CONTENT)
    assert read.headers["Content-Type"] == "image/png"
    assert read.headers["Content-Length"] == str(len(CONTENT))
    assert await shelf.get("/file-entry", path="data/a.bin") == written.json()


async def test_a_download_is_nothing_that_a_browser_would_show(shelf: Shelf) -> None:
    await shelf.put_file("site/evil.html", b"<script>", content_type="text/html")
    headers = (await shelf.download("site/evil.html")).headers
    assert headers["Content-Disposition"] == 'attachment; filename="evil.html"'
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")


async def test_an_empty_file_is_a_file(shelf: Shelf) -> None:
    await shelf.shelve("empty", content=b"")
    read = await shelf.download("empty")
    assert (read.status_code, read.content) == (200, b"")
    assert code_of(await shelf.download("empty", Range="bytes=0-")) == (416, "RANGE_NOT_SATISFIABLE")


async def test_a_part_is_read_and_says_which_it_is(shelf: Shelf) -> None:
    await shelf.shelve("a", content=CONTENT)
    read = await shelf.download("a", Range="bytes=256-511")
    assert (read.status_code, read.content) == (206, CONTENT[256:512])
    assert read.headers["Content-Range"] == f"bytes 256-511/{len(CONTENT)}"
    assert read.headers["Content-Length"] == "256"
    tail = await shelf.download("a", Range="bytes=-10")
    assert (tail.status_code, tail.content) == (206, CONTENT[-10:])


async def test_a_part_behind_the_end_is_refused_with_the_size(shelf: Shelf) -> None:
    await shelf.shelve("a", content=CONTENT)
    refused = await shelf.download("a", Range=f"bytes={len(CONTENT)}-")
    assert code_of(refused) == (416, "RANGE_NOT_SATISFIABLE")
    assert refused.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


async def test_a_part_of_another_version_is_the_whole(shelf: Shelf) -> None:
    await shelf.shelve("a", content=CONTENT)
    etag = (await shelf.download("a")).headers["ETag"]
    await shelf.shelve("a", content=CONTENT[::-1])
    read = await shelf.download("a", Range="bytes=0-9", If_Range=etag)
    assert (read.status_code, read.content) == (200, CONTENT[::-1])
    same = await shelf.download("a", Range="bytes=0-9", If_Range=read.headers["ETag"])
    assert same.status_code == 206


async def test_what_the_caller_has_already_is_not_sent_again(shelf: Shelf) -> None:
    await shelf.shelve("a", content=CONTENT)
    etag = (await shelf.download("a")).headers["ETag"]
    again = await shelf.download("a", If_None_Match=f'W/"x", {etag}')
    assert (again.status_code, again.content) == (304, b"")


async def test_a_file_that_is_replaced_keeps_the_moment_at_which_it_was_made(shelf: Shelf) -> None:
    first = (await shelf.put_file("a", b"one")).json()
    with shelf.service.clock.ahead(timedelta(hours=1)):
        second = (await shelf.put_file("a", b"three", content_type="text/plain")).json()
    assert second["created_at"] == first["created_at"]
    assert second["updated_at"] > first["updated_at"]
    assert (second["size_bytes"], second["content_type"]) == (5, "text/plain")
    assert (await shelf.download("a")).content == b"three"


async def test_what_is_replaced_or_deleted_leaves_storage_after_a_while(shelf: Shelf) -> None:
    await shelf.shelve("a", "b", content=b"one")
    await shelf.shelve("a", content=b"two")
    await shelf.delete_file("b")
    assert len(await shelf.objects()) == 3
    with shelf.service.clock.ahead(timedelta(minutes=2)):
        await shelf.resources.removals.remove_due()
    await shelf.assert_only_files_in_storage()
    assert (await shelf.download("a")).content == b"two"


async def test_deleting_is_the_same_once_and_twice(shelf: Shelf) -> None:
    await shelf.shelve("a", "b")
    for _ in range(2):
        assert (await shelf.delete_file("a")).json() == {"deleted": True}
    assert code_of(await shelf.download("a")) == (404, "NOT_FOUND")
    assert code_of(await shelf.ask("GET", "/file-entry", params={"path": "a"})) == (404, "NOT_FOUND")
    assert (await shelf.counted_files()).entries == 1


async def test_accounts_share_nothing(shelf: Shelf) -> None:
    other = Shelf(shelf.service)
    await shelf.shelve("a", content=b"mine")
    assert code_of(await other.download("a")) == (404, "NOT_FOUND")
    await other.delete_file("a")
    assert (await shelf.download("a")).content == b"mine"
    assert (await other.get("/files"))["data"] == []


async def test_files_are_listed_in_the_order_of_paths_page_by_page(shelf: Shelf) -> None:
    await shelf.shelve("b", "a/2", "a/10", "a")
    first = await shelf.get("/files", limit=2)
    second = await shelf.get("/files", limit=2, cursor=first["next_cursor"])
    assert [entry["path"] for page in (first, second) for entry in page["data"]] == ["a", "a/10", "a/2", "b"]
    assert second["next_cursor"] is None
    assert [entry["path"] for entry in (await shelf.get("/files", prefix="a/"))["data"]] == ["a/10", "a/2"]
    assert set(first["data"][0]) == FIELDS


@pytest.mark.parametrize(
    "path", ["", "..", "a/../b", "/a", "a/", "a//b", "a b", "a\0", "é", "quota", "x" * 513]
)
async def test_what_can_not_be_a_path_is_refused_and_stores_nothing(shelf: Shelf, path: str) -> None:
    answers = [await shelf.put_file(path), await shelf.begin(path)]
    if path != "quota":
        answers += [await shelf.finalize(path), await shelf.download(path), await shelf.delete_file(path)]
    assert {code_of(answer) for answer in answers} == {(422, "VALIDATION_ERROR")}
    assert await shelf.objects() == set()


async def test_a_media_type_that_is_none_is_refused(shelf: Shelf) -> None:
    bad = "text/html\r\nSet-Cookie: a=b"
    answers = [await shelf.put_file("a", content_type=bad), await shelf.begin("a", content_type=bad)]
    assert {code_of(answer) for answer in answers} == {(422, "VALIDATION_ERROR")}


async def test_an_upload_with_the_same_key_acts_once_and_another_with_it_is_refused(shelf: Shelf) -> None:
    first = await shelf.put_file("a", b"one", once="k")
    await shelf.shelve("a", content=b"two")
    again = await shelf.put_file("a", b"one", once="k")
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (await shelf.download("a")).content == b"two"
    assert code_of(await shelf.put_file("a", b"three", once="k")) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert code_of(await shelf.put_file("b", b"one", once="k")) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_many_readers_and_a_writer_always_see_one_whole_version(shelf: Shelf) -> None:
    versions = [bytes([number]) * 5000 for number in range(5)]
    await shelf.shelve("a", content=versions[0])

    async def write() -> None:
        for version in versions[1:]:
            await shelf.shelve("a", content=version)

    async def read() -> bytes:
        return (await shelf.download("a")).content

    _, *seen = await asyncio.gather(write(), *(read() for _ in range(10)))
    assert set(seen) <= set(versions)
    assert (await shelf.download("a")).content == versions[-1]
