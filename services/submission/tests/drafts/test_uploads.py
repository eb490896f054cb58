"""Files go straight to storage; what is handed in is what was announced, and stays so (S9)."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from joust_contracts.internal.drafts import MAX_FILES
from joust_kit.checksums import as_header
from joust_submission.assets.sweep import AssetSweep
from joust_submission.drafts import repository as drafts
from services.submission.tests.drafts.desk import MIB, Desk, code_of, get, md5, put, sha256

LARGE = 101 * MIB


async def parts_of(desk: Desk, asset: dict[str, Any], after: int = 0) -> dict[str, Any]:
    answer = await desk.ask("GET", f"assets/{asset['asset_upload_id']}/parts?after={after}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def send(part: dict[str, Any], content: bytes) -> dict[str, Any]:
    async with httpx2.AsyncClient(timeout=120) as http:
        answer = (await http.put(part["url"], content=content)).raise_for_status()
    return {"part_number": part["part_number"], "etag": answer.headers["ETag"].strip('"')}


async def complete(desk: Desk, asset: dict[str, Any], parts: list[dict[str, Any]]) -> httpx2.Response:
    return await desk.ask("POST", f"assets/{asset['asset_upload_id']}/complete", {"parts": parts})


async def sweep(desk: Desk) -> int:
    """What the timer of the service does, for everything however young."""
    resources = desk.service.runtime.resources
    age = timedelta(seconds=-60)
    return await AssetSweep(
        resources.database, resources.storage, age, timedelta(hours=1), resources.parts
    ).sweep()


class TestOnePut:
    """Files of at most 100 MiB."""

    async def test_a_file_that_was_uploaded_is_handed_in_and_can_be_downloaded_by_ranges(
        self, desk: Desk
    ) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, content_type="image/svg+xml")
        assert (await put(asset, b"abc")).status_code == 200
        handed_in = await desk.submit(draft, asset["asset_upload_id"])
        assert handed_in.status_code == 200, handed_in.text
        assert (handed_in.json()["assets_count"], handed_in.json()["total_bytes"]) == (1, 3)
        for actor in (desk.entrant, desk.creator):
            (file,) = (await desk.ask("GET", f"drafts/{draft}/assets", actor=actor)).json()["data"]
            part = await get(file["download_url"], Range="bytes=1-2")
            assert (part.status_code, part.content) == (206, b"bc")
            assert part.headers["Content-Disposition"].startswith("attachment")

    async def test_what_is_put_after_it_was_handed_in_changes_nothing(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft)
        await put(asset, b"abc")
        await desk.submit(draft, asset["asset_upload_id"])
        await put(asset, b"xyz")
        (file,) = (await desk.ask("GET", f"drafts/{draft}/assets", actor=desk.creator)).json()["data"]
        assert (await get(file["download_url"])).content == b"abc"
        await sweep(desk)
        assert (await get(file["download_url"])).content == b"abc"

    @pytest.mark.parametrize(
        ("content", "headers"),
        [
            (b"abcd", {}),
            (b"ab", {}),
            (b"abc", {"Content-Type": "text/html"}),
            (b"abx", {}),
            (b"abx", {"Content-MD5": as_header(md5(b"abx"))}),
            (b"abx", {"x-amz-checksum-sha256": as_header(sha256(b"abx"))}),
        ],
    )
    async def test_storage_refuses_what_is_not_as_announced(
        self, desk: Desk, content: bytes, headers: dict[str, str]
    ) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, content_type="text/plain", md5=md5(b"abc"), sha256=sha256(b"abc"))
        assert (await put(asset, content, **headers)).status_code in {400, 403}
        answer = await desk.submit(draft, asset["asset_upload_id"])
        assert code_of(answer) == (409, "NO_UPLOAD_FOUND")
        assert "not uploaded" in answer.json()["error"]["details"][asset["asset_upload_id"]]
        assert (await desk.ask("GET", f"drafts/{draft}")).json()["status"] == "draft"
        assert (await put(asset, b"abc")).status_code == 200
        assert (await desk.submit(draft, asset["asset_upload_id"])).status_code == 200

    @pytest.mark.parametrize("left_out", ["Content-MD5", "x-amz-checksum-sha256", "Content-Type"])
    async def test_a_header_that_was_told_is_not_left_out(self, desk: Desk, left_out: str) -> None:
        asset = await desk.announced(
            await desk.draft(), content_type="text/plain", md5=md5(b"abc"), sha256=sha256(b"abc")
        )
        del asset["upload"]["headers"][left_out]
        assert (await put(asset, b"abc")).status_code == 403

    @pytest.mark.parametrize(
        ("content", "problem"),
        [(b"abcd", "4 bytes"), (b"ab", "2 bytes"), (b"abx", "MD5"), (b"abc", "SHA-256")],
    )
    async def test_what_storage_let_through_is_looked_at_before_it_is_handed_in(
        self, desk: Desk, content: bytes, problem: str
    ) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, content_type="text/plain", md5=md5(b"abc"), sha256=sha256(b"abc"))
        await desk.store(draft, asset, content)
        answer = await desk.submit(draft, asset["asset_upload_id"])
        assert code_of(answer) == (409, "NO_UPLOAD_FOUND")
        assert problem in answer.json()["error"]["details"][asset["asset_upload_id"]]
        assert await desk.copies(draft) == []

    async def test_what_is_handed_in_is_of_the_announced_type_whatever_storage_let_through(
        self, desk: Desk
    ) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, content_type="image/png")
        await desk.store(draft, asset, b"abc")
        assert (await desk.submit(draft, asset["asset_upload_id"])).status_code == 200
        (key,) = await desk.copies(draft)
        facts = await desk.service.runtime.resources.storage.describe(key)
        assert facts.content_type == "image/png"

    async def test_a_url_is_good_for_its_own_place_and_method_alone(self, desk: Desk) -> None:
        draft = await desk.draft()
        one, other = await desk.announced(draft), await desk.announced(draft)
        url = one["upload"]["url"]
        async with httpx2.AsyncClient(timeout=30) as http:
            elsewhere = url.replace(one["asset_upload_id"], other["asset_upload_id"])
            assert (await http.put(elsewhere, content=b"abc")).status_code == 403
            assert (await http.get(url)).status_code == 403
            assert (await http.delete(url)).status_code == 403

    async def test_a_url_that_has_expired_takes_nothing_and_a_fresh_one_does(self, desk: Desk) -> None:
        asset = await desk.announced(await desk.draft())
        path = f"assets/{asset['asset_upload_id']}/upload-url"
        # A URL never lives longer than its upload, which ends after seven days.
        with desk.service.clock.ahead(timedelta(days=7)):
            short = (await desk.ask("POST", path)).json()

        async with asyncio.timeout(10):
            while (await put(short, b"abc")).status_code == 200:
                await asyncio.sleep(0.2)
        assert (await put(short, b"abc")).status_code == 403
        assert (await put((await desk.ask("POST", path)).json(), b"abc")).status_code == 200

    async def test_a_file_of_another_draft_is_not_handed_in(self, desk: Desk) -> None:
        draft, other = await desk.draft(), await desk.draft()
        asset = await desk.announced(other)
        await put(asset, b"abc")
        assert code_of(await desk.submit(draft, asset["asset_upload_id"])) == (409, "NO_UPLOAD_FOUND")

    async def test_what_is_not_named_is_given_up_and_swept(self, desk: Desk) -> None:
        draft = await desk.draft()
        named, left = await desk.announced(draft), await desk.announced(draft)
        for asset in (named, left):
            await put(asset, b"abc")
        await desk.submit(draft, named["asset_upload_id"])
        assert await sweep(desk) >= 2  # with what the named one was copied from
        listed = (await desk.ask("GET", f"drafts/{draft}/assets")).json()["data"]
        assert [each["asset_upload_id"] for each in listed] == [named["asset_upload_id"]]

    async def test_files_of_work_that_was_withdrawn_are_swept(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft)
        await put(asset, b"abc")
        await desk.submit(draft, asset["asset_upload_id"])
        (file,) = (await desk.ask("GET", f"drafts/{draft}/assets", actor=desk.creator)).json()["data"]
        assert (await desk.ask("POST", f"drafts/{draft}/withdraw")).status_code == 200
        await sweep(desk)
        assert (await get(file["download_url"])).status_code == 404


class TestInParts:
    """Files of more than 100 MiB."""

    async def test_a_file_in_parts_goes_on_after_one_failed_and_is_handed_in(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, LARGE, content_type="video/mp4")
        assert (asset["upload"]["type"], asset["upload"]["part_count"]) == ("multipart", 2)
        first, second = (await parts_of(desk, asset))["missing"]
        assert first["size_bytes"] + second["size_bytes"] == LARGE
        done = [await send(second, b"2" * second["size_bytes"])]
        refused = await complete(desk, asset, done)
        assert code_of(refused) == (409, "NO_UPLOAD_FOUND")
        # Whoever comes again asks what is there.
        page = await parts_of(desk, asset)
        assert [part["part_number"] for part in page["missing"]] == [1]
        assert [part["etag"] for part in page["there"]] == [done[0]["etag"]]
        done.insert(0, await send(page["missing"][0], b"1" * first["size_bytes"]))
        answers = await asyncio.gather(*(complete(desk, asset, done) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {200}, [each.text for each in answers]
        assert (await desk.submit(draft, asset["asset_upload_id"])).status_code == 200
        with pytest.raises(httpx2.HTTPStatusError):
            await send(first, b"late")
        await sweep(desk)
        (file,) = (await desk.ask("GET", f"drafts/{draft}/assets", actor=desk.creator)).json()["data"]
        edge = first["size_bytes"]
        across = await get(file["download_url"], Range=f"bytes={edge - 1}-{edge}")
        assert across.content == b"12"

    async def test_parts_that_are_not_completed_are_not_handed_in(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, LARGE)
        answer = await desk.submit(draft, asset["asset_upload_id"])
        assert "not completed" in answer.json()["error"]["details"][asset["asset_upload_id"]]

    async def test_an_upload_that_was_given_up_takes_nothing_and_its_room_is_free(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, 500 * 1024 * MIB)
        (first, *_), last = (await parts_of(desk, asset))["missing"], await parts_of(desk, asset, 7500)
        assert (last["next_after"], last["missing"][-1]["part_number"]) == (None, 8000)
        for _ in range(2):
            gone = await desk.ask("POST", f"assets/{asset['asset_upload_id']}/abort")
            assert (gone.status_code, gone.json()["status"]) == (200, "gone")
        with pytest.raises(httpx2.HTTPStatusError):
            await send(first, b"late")
        answer = await desk.ask("GET", f"assets/{asset['asset_upload_id']}/parts")
        assert code_of(answer) == (409, "ALREADY_UPLOADED")
        for _ in range(4):
            await desk.announced(draft, 500 * 1024 * MIB)
        over = await desk.presign(draft, {"filename": "more", "size": 100 * 1024 * MIB})
        assert code_of(over) == (409, "BYTE_QUOTA_EXCEEDED")

    async def test_uploads_that_nobody_ends_are_swept_after_their_time(self, desk: Desk) -> None:
        draft = await desk.draft()
        asset = await desk.announced(draft, LARGE)
        await sweep(desk)
        assert (await parts_of(desk, asset))["there"] == []
        for _ in range(3):
            await desk.announced(draft, 500 * 1024 * MIB)
        with desk.service.clock.ahead(timedelta(days=8)):
            await sweep(desk)
        answer = await desk.ask("GET", f"assets/{asset['asset_upload_id']}/parts")
        assert code_of(answer) == (409, "ALREADY_UPLOADED")
        for _ in range(4):  # their room is free
            await desk.announced(draft, 500 * 1024 * MIB)


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"filename": "../a", "size": 1}, "files.0.filename"),
        ({"filename": "a/b", "size": 1}, "files.0.filename"),
        ({"filename": "a\\b", "size": 1}, "files.0.filename"),
        ({"filename": "..", "size": 1}, "files.0.filename"),
        ({"filename": "a\nb", "size": 1}, "files.0.filename"),
        ({"filename": "a\u202eb", "size": 1}, "files.0.filename"),
        ({"filename": "x" * 10_000, "size": 1}, "files.0.filename"),
        ({"filename": "é" * 200, "size": 1}, "files.0.filename"),
        ({"filename": "a", "size": 0}, "files.0.size"),
        ({"filename": "a", "size": -1}, "files.0.size"),
        ({"filename": "a", "size": 500 * 1024**3 + 1}, "files.0.size"),
        ({"filename": "a", "size": 1, "content_type": "nonsense"}, "files.0.content_type"),
        ({"filename": "a", "size": 1, "md5": "short"}, "files.0.md5"),
        ({"filename": "a", "size": LARGE, "md5": "0" * 32}, "files.0.md5"),
        ({"filename": "a", "size": 1, "sha256": "0" * 63}, "files.0.sha256"),
        ({"filename": "a", "size": LARGE, "sha256": "0" * 64}, "files.0.sha256"),
        ({"filename": "a", "size": 1, "key": "mine"}, "files.0.key"),
    ],
)
async def test_a_file_that_is_announced_wrongly_is_named(
    desk: Desk, file: dict[str, Any], field: str
) -> None:
    answer = await desk.presign(await desk.draft(), file)
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]


async def test_at_most_a_hundred_files_are_announced_at_once_and_ten_thousand_in_all(desk: Desk) -> None:
    draft = await desk.draft()

    def batch(count: int) -> list[dict[str, Any]]:
        return [{"filename": f"{number}", "size": 1} for number in range(count)]

    assert code_of(await desk.presign(draft, *batch(101)))[0] == 422
    async with desk.service.database.transaction() as unit:
        begun = await drafts.lock(unit.session, UUID(draft))
        assert begun is not None
        begun.reserved_files = MAX_FILES - 101
    answers = await asyncio.gather(*(desk.presign(draft, *batch(100)) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert (await desk.presign(draft, *batch(1))).status_code == 201
    assert code_of(await desk.presign(draft, *batch(1))) == (409, "BYTE_QUOTA_EXCEEDED")


async def test_a_presign_that_comes_again_with_its_key_makes_room_once(desk: Desk) -> None:
    draft, key = await desk.draft(), {"Idempotency-Key": "once"}
    file = {"filename": "film.mp4", "size": LARGE}
    answers = await asyncio.gather(*(desk.presign(draft, file, **key) for _ in range(10)))
    told = {answer.text for answer in answers if answer.status_code == 201}
    assert len(told) == 1
    assert len((await desk.ask("GET", f"drafts/{draft}/assets")).json()["data"]) == 1
