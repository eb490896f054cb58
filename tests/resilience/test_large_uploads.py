"""Large files, and many, reach storage past the services, and nothing of them is in their memory."""

import json
import time
from collections.abc import AsyncIterator
from hashlib import sha256
from random import Random

import httpx2
import pytest

from joust_embedded.bounty.client import Json, Party
from joust_embedded.stack import Stack
from joust_kit.turns import each_in_turn
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, eventually
from tests.support.memory import Memory

pytestmark = [pytest.mark.faults, pytest.mark.campaign]
MIB = 2**20
FILE_BYTES = 300 * MIB
FILES = 10_000
MOST_GROWTH_MIB = 64
PART_SECONDS = 300
HANDING_IN_SECONDS = 400
"""The client hangs up after 15 s, as many do, and asks again."""
TERMS = {"terms_accepted": True}


async def test_300_mib_arrive_in_parts_though_one_is_cut_off_and_the_services_die(young_stack: Stack) -> None:
    arena = Arena(young_stack, patience_seconds=60)
    creator, entrant, work = await a_draft(arena)
    file = {"filename": "film.mp4", "size": FILE_BYTES, "content_type": "video/mp4"}
    path = f"/api/submission-drafts/{work['id']}"
    (asset,) = (await entrant.post(f"{path}/assets/presign", {"files": [file]}))["assets"]
    sent: dict[int, str] = {}
    async with httpx2.AsyncClient(timeout=PART_SECONDS) as http:
        before = Memory(young_stack)
        async with before.watched():
            first, second, third, *_ = (await entrant.get(asset["upload"]["parts_url"]))["missing"]
            for part in (first, second):
                sent[part["part_number"]] = await send(http, part)
            await cut_off(http, third)
        for name in ("submission", "gateway"):
            young_stack.kill(name)
        page = await once_it_answers(entrant, asset["upload"]["parts_url"])
        assert [part["part_number"] for part in page["missing"]] == [3, 4, 5]
        assert {part["part_number"]: part["etag"] for part in page["there"]} == sent
        after = Memory(young_stack)
        async with after.watched():
            for part in page["missing"]:
                sent[part["part_number"]] = await send(http, part)
            parts = [{"part_number": number, "etag": etag} for number, etag in sent.items()]
            await entrant.post(asset["upload"]["complete_url"], {"parts": parts})
            named = [{"asset_upload_id": asset["asset_upload_id"]}]
            await entrant.post(f"{path}/submit", {"assets": named, **TERMS})
            (listed,) = (await creator.get(f"{path}/assets"))["assets"]
            assert await digest_of(http, listed["download_url"]) == expected_digest()
    figures = {"before the kill": before.growth_mib(), "after it": after.growth_mib()}
    print(f"{FILE_BYTES / MIB:.0f} MiB in {len(sent)} parts; MiB more: {json.dumps(figures)}")
    assert max(*before.growth_mib().values(), *after.growth_mib().values()) <= MOST_GROWTH_MIB
    await arena.close()


async def test_ten_thousand_files_are_handed_in_at_once(young_stack: Stack) -> None:
    arena = Arena(young_stack, patience_seconds=HANDING_IN_SECONDS)
    creator, entrant, work = await a_draft(arena)
    path = f"/api/submission-drafts/{work['id']}"
    content = b"one of many"
    checked = {"size": len(content), "sha256": sha256(content).hexdigest()}
    async with httpx2.AsyncClient(timeout=PART_SECONDS) as http:

        async def put(asset: Json) -> None:
            upload = asset["upload"]
            (await http.put(upload["url"], content=content, headers=upload["headers"])).raise_for_status()

        assets: list[Json] = []
        for batch in range(0, FILES, 100):
            # A SHA-256 costs one more look at the file: a tenth of them has one.
            sized = checked if batch < FILES / 10 else {"size": len(content)}
            files = [{"filename": f"{batch + number}.txt", **sized} for number in range(100)]
            assets += (await entrant.post(f"{path}/assets/presign", {"files": files}))["assets"]
        await each_in_turn(assets, put, at_once=16)
    memory = Memory(young_stack)
    began = time.perf_counter()
    async with memory.watched():
        named = [{"asset_upload_id": asset["asset_upload_id"]} for asset in assets]
        handed_in = await entrant.post(f"{path}/submit", {"assets": named, **TERMS})
    print(
        f"{FILES} files in {time.perf_counter() - began:.1f} s; MiB more: {json.dumps(memory.growth_mib())}"
    )
    assert (handed_in["assets_count"], handed_in["total_bytes"]) == (FILES, FILES * len(content))
    seen, cursor = 0, ""
    while cursor is not None:
        page = await creator.get(f"{path}/assets", **({"cursor": cursor} if cursor else {}))
        assert all(each["download_url"] for each in page["assets"])
        seen, cursor = seen + len(page["assets"]), page["next_cursor"]
    assert seen == FILES
    assert max(memory.growth_mib().values()) <= MOST_GROWTH_MIB
    await arena.close()


async def a_draft(arena: Arena) -> tuple[Party, Party, Json]:
    """A creator, an entrant of its competition, and work that the entrant began."""
    creator, entrant = await arena.sign_up("Creator"), await arena.sign_up("Entrant")
    made = await creator.post("/api/competitions", a_competition())
    path = f"/api/competitions/{made['id']}"
    await creator.post(f"{path}/publish", TERMS)
    await entrant.post(f"{path}/join", TERMS)
    return creator, entrant, await entrant.post(f"{path}/submission-drafts", {"title": "A film", **TERMS})


async def once_it_answers(entrant: Party, path: str) -> Json:
    """The parts, once the services are back."""
    found: Json = {}

    async def is_answered() -> bool:
        try:
            answer = await entrant.http.get(path)
        except httpx2.TransportError:
            return False
        if answer.is_success:
            found.update(answer.json())
        return bool(answer.is_success)

    await eventually(is_answered, seconds=60)
    return found


def content_of(number: int, size_bytes: int) -> bytes:
    """The bytes of a part, of which none are like another's."""
    return Random(number).randbytes(size_bytes)


async def send(http: httpx2.AsyncClient, part: Json) -> str:
    """Put a part; its ETag."""
    content = content_of(part["part_number"], part["size_bytes"])
    answer = (await http.put(part["url"], content=content)).raise_for_status()
    return str(answer.headers["ETag"]).strip('"')


async def cut_off(http: httpx2.AsyncClient, part: Json) -> None:
    """Half of a part, and then the line is lost."""

    async def half() -> AsyncIterator[bytes]:
        yield content_of(part["part_number"], part["size_bytes"])[: part["size_bytes"] // 2]
        raise ConnectionError("the line is lost")

    with pytest.raises(ConnectionError):
        await http.put(part["url"], content=half(), headers={"Content-Length": str(part["size_bytes"])})


async def digest_of(http: httpx2.AsyncClient, url: str) -> str:
    """SHA-256 of what is downloaded."""
    digest = sha256()
    async with http.stream("GET", url) as answer:
        async for chunk in answer.aiter_bytes():
            digest.update(chunk)
    return digest.hexdigest()


def expected_digest() -> str:
    """SHA-256 of the file that was cut into parts of 64 MiB."""
    digest = sha256()
    for number, begin in enumerate(range(0, FILE_BYTES, 64 * MIB), start=1):
        digest.update(content_of(number, min(64 * MIB, FILE_BYTES - begin)))
    return digest.hexdigest()
