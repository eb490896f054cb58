"""Many files are handed in by few requests to storage, and a try that stopped is not lost."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from joust_contracts.internal.drafts import AssetRef
from joust_kit.errors import Unavailable
from joust_kit.ids import RandomIds
from joust_kit.storage import ObjectStorage
from joust_kit.turns import each_in_turn
from joust_submission.assets import queries
from joust_submission.assets.checking import verify
from services.submission.tests.drafts.desk import Desk, code_of, get

FILES = 40
COPIED_BEFORE_IT_STOPS = 5
"""32 are under way at once, so the last few have not begun then."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The methods of all requests to storage."""
    methods = list[str]()
    request = ObjectStorage._request

    def counted(self: ObjectStorage, method: str, url: str, **more: Any) -> Any:
        methods.append(method)
        return request(self, method, url, **more)

    monkeypatch.setattr(ObjectStorage, "_request", counted)
    return methods


async def with_files(desk: Desk) -> tuple[str, list[dict[str, Any]]]:
    """A draft, and its files, which lie in storage."""
    draft = await desk.draft()
    files = [{"filename": f"{number}", "size": 3} for number in range(FILES)]
    assets = (await desk.presign(draft, *files)).json()["assets"]
    await each_in_turn(assets, lambda asset: desk.store(draft, asset, b"abc"), at_once=8)
    return draft, assets


def ids_of(assets: list[dict[str, Any]]) -> list[str]:
    return [asset["asset_upload_id"] for asset in assets]


async def stop_half_way(
    desk: Desk, draft: str, assets: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> int:
    """A try that storage ends; how many copies it leaves."""
    copy, copied = ObjectStorage.copy, 0

    async def until_it_stops(self: ObjectStorage, *keys: str, **more: Any) -> None:
        nonlocal copied
        if copied >= COPIED_BEFORE_IT_STOPS:
            raise Unavailable()
        await copy(self, *keys, **more)
        copied += 1

    with monkeypatch.context() as stopping:
        stopping.setattr(ObjectStorage, "copy", until_it_stops)
        answer = await desk.submit(draft, *ids_of(assets))
    assert code_of(answer)[0] == 503
    return len(await desk.copies(draft))


async def test_a_file_of_many_takes_one_request_to_storage(desk: Desk, asked: list[str]) -> None:
    draft, assets = await with_files(desk)
    asked.clear()
    answer = await desk.submit(draft, *ids_of(assets))
    assert answer.status_code == 200, answer.text
    assert (asked.count("PUT"), asked.count("GET"), len(asked)) == (FILES, 2, FILES + 2)
    assert (answer.json()["assets_count"], answer.json()["total_bytes"]) == (FILES, 3 * FILES)


async def test_a_try_after_one_that_stopped_goes_on_where_it_stopped(
    desk: Desk, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, assets = await with_files(desk)
    there = await stop_half_way(desk, draft, assets, monkeypatch)
    assert COPIED_BEFORE_IT_STOPS <= there < FILES
    asked.clear()
    answer = await desk.submit(draft, *ids_of(assets))
    assert answer.status_code == 200, answer.text
    # Storage may have ended more of the copies that were under way.
    assert asked.count("PUT") <= FILES - there


async def test_what_is_put_after_a_try_that_stopped_is_what_is_handed_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, assets = await with_files(desk)
    await stop_half_way(desk, draft, assets, monkeypatch)
    await each_in_turn(assets, lambda asset: desk.store(draft, asset, b"xyz"), at_once=8)
    assert (await desk.submit(draft, *ids_of(assets))).status_code == 200
    listed = (await desk.ask("GET", f"drafts/{draft}/assets", actor=desk.creator)).json()["data"]
    contents = [(await get(file["download_url"])).content for file in listed]
    assert contents == [b"xyz"] * FILES


async def test_a_copy_that_may_be_swept_any_moment_is_made_anew(desk: Desk, asked: list[str]) -> None:
    draft, assets = await with_files(desk)
    resources = desk.service.runtime.resources
    refs = [AssetRef(asset_upload_id=UUID(id)) for id in ids_of(assets)]
    named = await queries.find_named(resources, desk.entrant, UUID(draft), refs)

    async def copied(kept_since: datetime) -> int:
        asked.clear()
        await verify(resources.storage, named, RandomIds(), kept_since=kept_since)
        return asked.count("PUT")

    now = datetime.now(UTC)
    assert await copied(now - timedelta(minutes=30)) == FILES
    assert await copied(now - timedelta(minutes=30)) == 0
    assert await copied(now + timedelta(minutes=30)) == FILES


async def test_a_client_that_comes_again_meanwhile_does_not_have_it_done_twice(
    desk: Desk, asked: list[str]
) -> None:
    draft, assets = await with_files(desk)
    asked.clear()
    first, again = await asyncio.gather(*(desk.submit(draft, *ids_of(assets)) for _ in range(2)))
    assert sorted([first.status_code, again.status_code]) == [200, 409]
    assert asked.count("PUT") == FILES
