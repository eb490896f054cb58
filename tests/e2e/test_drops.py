"""The Drops document, walked line by line over REST on a running stack."""

import asyncio
import json
from typing import Any

import httpx2
import pytest

from joust_embedded.bounty.client import Json, Party, Refused
from tests.conftest import FOR_TESTS
from tests.support.arena import Arena, eventually
from tests.support.dropping import ANSWER, open_drop, over, ranked_drop, run, submit, until

PROMPT = "Give me three roast-style taglines for this README"
CLAIM_FIELDS = {"id", "job_id", "user_id", "agent_id", "expires_at", "submitted", "created_at"}
SUBMISSION_FIELDS = {
    *("id", "job_id", "user_id", "output_text", "output_attachments", "grade", "rank", "rationale"),
    "created_at",
}
FEED_FIELDS = {
    *("id", "prompt", "pack", "grade", "grade_rationale", "price_cents", "submissions_count"),
    *("created_at", "updated_at"),
}


async def balance(party: Party) -> tuple[int, int]:
    found = await party.get("/api/v1/wallet/balance")
    return found["available_cents"], found["held_cents"]


async def balance_becomes(party: Party, expected: tuple[int, int]) -> None:
    async def is_there() -> bool:
        return await balance(party) == expected

    await eventually(is_there)


async def parties(arena: Arena, count: int) -> list[Party]:
    found: list[Party] = []
    while len(found) < count:  # a few at once, since signing up is not what is tried here
        ahead = range(len(found), min(len(found) + 5, count))
        found += await asyncio.gather(*(arena.sign_up(f"Worker {number}") for number in ahead))
    return found


async def test_both_phases_of_posting_and_a_drop_whose_last_place_is_filled(arena: Arena) -> None:
    sender, workers = await arena.sign_up("Sender", cents=1000), await parties(arena, 5)
    body = {"prompt": PROMPT, "envVars": {"TONE": "kind"}, "attachments": [], "pack": "roast"}
    estimate = await sender.post("/api/jobs/run", {**body, "price_cents": 250, "time_limit_seconds": 300})
    assert estimate == {
        "needs_confirmation": True,
        "prompt": PROMPT,
        "title": PROMPT,
        "pack": "roast",
        "estimated_price_cents": 250,
        "estimated_time_limit_seconds": 300,
    }
    assert await balance(sender) == (1000, 0)
    drop = await run(sender, **body, price_cents=250, time_limit_seconds=300)
    assert (drop["status"], drop["max_claims"]) == ("open", 5)
    assert await balance(sender) == (750, 250)
    board = (await workers[0].get("/api/board", limit=100))["jobs"]
    assert drop["id"] in {job["id"] for job in board}
    assert "kind" not in str(board)

    claim = await workers[0].post(f"/api/jobs/{drop['id']}/claim", {})
    assert set(claim) >= CLAIM_FIELDS
    assert (claim["job_id"], claim["user_id"], claim["submitted"]) == (
        drop["id"],
        workers[0].account_id,
        False,
    )
    status = await workers[0].get("/api/users/status")
    assert (status["active_claims"], status["claims"][0]["id"]) == (1, claim["id"])

    texts = [ANSWER, "No.", "readme readme readme", "A tagline.", "Buy it, it says so."]
    answers = [await submit(worker, drop["id"], text) for worker, text in zip(workers, texts, strict=True)]
    assert all(answer["ranking"] is None for answer in answers[:-1])
    assert answers[-1]["ranking"]["status"] in {"completed", "pending"}
    ended = await over(sender, drop["id"])
    assert (ended["status"], ended["submissions_count"]) == ("verified", 5)
    assert (ended["winner_user_id"], ended["output_text"]) == (workers[0].account_id, ANSWER)
    assert ended["grade"] in set("SABCDF")
    await balance_becomes(sender, (750, 0))
    await balance_becomes(workers[0], (250, 0))
    assert await balance(workers[1]) == (0, 0)

    async def all_ranked() -> bool:
        listed = (await sender.get(f"/api/jobs/{drop['id']}/submissions"))["submissions"]
        return all(each["rank"] is not None for each in listed)

    await eventually(all_ranked)
    listed = (await sender.get(f"/api/jobs/{drop['id']}/submissions"))["submissions"]
    assert [each["rank"] for each in listed] == [1, 2, 3, 4, 5]
    assert set(listed[0]) >= SUBMISSION_FIELDS
    assert listed[0]["rationale"]
    mine = (await workers[1].get(f"/api/jobs/{drop['id']}"))["your_submission"]
    assert mine["output_text"] == "No."
    with pytest.raises(Refused, match="403"):
        await workers[1].get(f"/api/jobs/{drop['id']}/submissions")

    async def in_the_feed() -> bool:
        return drop["id"] in {each["id"] for each in (await sender.get("/api/feed", limit=100))["feed"]}

    await eventually(in_the_feed)
    (entry,) = [
        each for each in (await sender.get("/api/feed", limit=100))["feed"] if each["id"] == drop["id"]
    ]
    assert set(entry) >= FEED_FIELDS
    assert (entry["pack"], entry["price_cents"]) == ("roast", 250)


async def test_too_small_a_balance_is_402_and_paying_after_a_deposit_opens_the_drop(arena: Arena) -> None:
    sender = await arena.sign_up("Sender", cents=30)
    body = {"prompt": PROMPT, "confirmed": True}
    answer = await sender.http.post("/api/jobs/run", json=body, headers={"Idempotency-Key": "one drop"})
    unpaid = answer.json()
    assert answer.status_code == 402, answer.text
    assert (unpaid["payment_required"], unpaid["required"], unpaid["available"]) == (True, 100, 30)
    assert unpaid["error"]["code"] == "PAYMENT_REQUIRED"
    path = f"/api/jobs/{unpaid['id']}"
    again = await sender.http.post("/api/jobs/run", json=body, headers={"Idempotency-Key": "one drop"})
    assert (again.status_code, again.json()["id"]) == (402, unpaid["id"])
    assert (await sender.http.post(f"{path}/pay")).status_code == 402
    await sender.deposit(70)
    assert (await sender.post(f"{path}/pay"))["status"] == "open"
    assert await balance(sender) == (0, 100)
    with pytest.raises(Refused, match="409 INVALID_TRANSITION"):
        await sender.post(f"{path}/pay")
    pending = (await sender.get("/api/jobs", status="open"))["jobs"]
    assert [job["id"] for job in pending] == [unpaid["id"]]


async def test_cancelling_gives_the_bounty_back_or_waits_for_claims_in_flight(arena: Arena) -> None:
    sender, (worker, late) = await arena.sign_up("Sender", cents=200), await parties(arena, 2)
    first, second = [await run(sender) for _ in range(2)]
    assert (await sender.post(f"/api/jobs/{first['id']}/cancel"))["status"] == "cancelled"
    await balance_becomes(sender, (100, 100))
    with pytest.raises(Refused, match="400 INVALID_TRANSITION"):
        await sender.post(f"/api/jobs/{first['id']}/cancel")
    await worker.post(f"/api/jobs/{second['id']}/claim")
    scheduled = await sender.post(f"/api/jobs/{second['id']}/cancel")
    assert (scheduled["status"], scheduled["cancel_scheduled"]) == ("open", True)
    with pytest.raises(Refused, match="409 DROP_NOT_OPEN"):
        await late.post(f"/api/jobs/{second['id']}/claim")
    await submit(worker, second["id"])
    assert (await over(sender, second["id"]))["status"] == "verified"
    await balance_becomes(worker, (100, 0))
    await balance_becomes(sender, (100, 0))


async def test_files_go_with_a_prompt_and_with_a_submission(arena: Arena) -> None:
    sender, worker = await arena.sign_up("Sender", cents=100), await arena.sign_up("Worker")

    async def uploaded(party: Party, path: str, content: bytes) -> Json:
        begun = await party.post("/api/v1/workspace/files/upload-url", {"path": path})
        async with httpx2.AsyncClient() as http:
            (await http.put(begun["upload_url"], content=content)).raise_for_status()
        await party.post("/api/v1/workspace/files/finalize", {"path": path})
        return {"key": begun["storage_ref"], "name": path, "size": len(content)}

    async def content_of(file: Json) -> bytes:
        async with httpx2.AsyncClient() as http:
            return (await http.get(file["url"])).content

    brief, out = await uploaded(sender, "brief.md", b"brief"), await uploaded(worker, "out.md", b"# Taglines")
    drop = await run(sender, attachments=[brief])
    await worker.post(f"/api/jobs/{drop['id']}/claim")

    async def is_attached() -> bool:
        return bool((await worker.get(f"/api/jobs/{drop['id']}"))["attachments"][0]["url"])

    await eventually(is_attached)
    (attached,) = (await worker.get(f"/api/jobs/{drop['id']}"))["attachments"]
    assert await content_of(attached) == b"brief"
    with pytest.raises(Refused, match="422 VALIDATION_ERROR"):
        await submit(worker, drop["id"], "", files=[brief])
    taken = await submit(worker, drop["id"], "", attachments=[out])
    assert await content_of(taken["submission"]["output_attachments"][0]) == b"# Taglines"


async def test_of_fifty_agents_at_once_five_get_a_place_and_no_cent_is_lost(arena: Arena) -> None:
    sender, workers = await arena.sign_up("Sender", cents=500), await parties(arena, 50)
    drop = await open_drop(sender)

    async def compete(worker: Party) -> int:
        status = 503
        while status == 503:  # of a busy machine: nothing was changed, so it is asked again
            path, headers = f"/api/jobs/{drop['id']}/submit", {"Idempotency-Key": worker.account_id}
            status = (await worker.http.post(path, json={"text": ANSWER}, headers=headers)).status_code
        return status

    statuses = await asyncio.gather(*map(compete, workers))
    assert sum(status in {200, 202} for status in statuses) == 5, statuses
    assert (await over(sender, drop["id"]))["submissions_count"] == 5

    async def adds_up() -> bool:
        balances = [await balance(party) for party in [sender, *workers]]
        return sum(available for available, _ in balances) == 600 and not any(held for _, held in balances)

    await eventually(adds_up)


async def test_the_stream_of_a_drop_tells_of_claims_submissions_and_its_end(arena: Arena) -> None:
    sender, (worker,) = await arena.sign_up("Sender", cents=100), await parties(arena, 1)
    drop = await run(sender)
    path, seen = f"/api/jobs/{drop['id']}", list[tuple[str, int, int]]()
    heard = asyncio.Event()

    async def watch() -> str:
        name = ""
        async with sender.http.stream("GET", f"{path}/stream", timeout=60) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("event:"):
                    name = line.removeprefix("event:").strip()
                elif line.startswith("data:"):
                    told = json.loads(line.removeprefix("data:"))
                    seen.append((told["status"], told["claims_count"], told["submissions_count"]))
                    heard.set()
                    if name == "terminal":
                        return str(told["status"])
        raise AssertionError(f"the stream ended after {seen}")

    async with asyncio.timeout(60):
        watching = asyncio.create_task(watch())
        await heard.wait()
        await worker.post(f"{path}/claim")
        await submit(worker, drop["id"])
        await sender.post(f"{path}/cancel")
        assert await watching == "verified"
    assert seen[0] == ("open", 0, 0)
    assert seen == sorted(seen, key=lambda told: told[1:])
    assert seen[-1] == ("verified", 1, 1)


async def test_enforcing_deadlines_ends_nothing_before_its_time(arena: Arena) -> None:
    sender = await arena.sign_up("Sender", cents=100)
    drop = await run(sender, time_limit_seconds=60)
    cron = {"Authorization": f"Bearer {FOR_TESTS['JOUST_GATEWAY_CRON_SECRET']}"}
    answer = await sender.http.get("/api/cron/enforce-deadlines", headers=cron)
    assert answer.status_code == 200, answer.text
    assert (await sender.get(f"/api/jobs/{drop['id']}"))["status"] == "open"


async def test_unknown_hidden_and_own_drops_are_refused_as_documented(arena: Arena) -> None:
    sender, (worker, stranger) = await arena.sign_up("Sender", cents=200), await parties(arena, 2)
    ranked = await ranked_drop(sender, worker)
    drop = await open_drop(sender)
    refused: list[tuple[Party, str, str, Any]] = [
        (stranger, "GET", f"/api/jobs/{ranked['id']}", (404, "NOT_FOUND")),
        (stranger, "POST", f"/api/jobs/{ranked['id']}/claim", (404, "NOT_FOUND")),
        (sender, "POST", f"/api/jobs/{drop['id']}/claim", (403, "FORBIDDEN")),
        (sender, "POST", f"/api/jobs/{drop['id']}/submit", (403, "FORBIDDEN")),
        (worker, "POST", f"/api/jobs/{ranked['id']}/claim", (409, "DROP_NOT_OPEN")),
        (worker, "POST", f"/api/jobs/{ranked['id']}/submit", (409, "DROP_NOT_OPEN")),
    ]
    for party, method, path, expected in refused:
        body = {"text": "x"} if path.endswith("submit") else None
        answer = await party.http.request(method, path, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == expected, f"{method} {path}"
    await submit(worker, drop["id"])
    with pytest.raises(Refused, match="409 ALREADY_SUBMITTED"):
        await submit(worker, drop["id"])
    await until(sender, drop["id"], {"open"})
