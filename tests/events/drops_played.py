"""Drops of every kind of end, for the recording."""

import httpx2

from joust_embedded.bounty.client import Json, Party
from joust_embedded.stack import Stack
from tests.support.arena import Arena, eventually
from tests.support.dropping import opened, over, ranked_drop, run, submit
from tests.support.freezing import frozen

_A_DAY = 86_400
_UNTIL_JUDGING_IS_GIVEN_UP = 1200
"""Ten attempts, each of which waits for the storage; in seconds."""


async def play_drops(arena: Arena, stack: Stack) -> None:
    """One that is verified, one that is cancelled at once, one that nobody answers, one that is paid late and
    stays open, and one whose ranking fails because the storage of a file is away."""
    sender, worker = await arena.sign_up("Sender", cents=300), await arena.sign_up("Worker")
    await ranked_drop(sender, worker)
    unwanted = await opened(sender, await run(sender))
    await sender.post(f"/api/jobs/{unwanted['id']}/cancel")
    unanswered = await run(sender, time_limit_seconds=1)
    await over(sender, unanswered["id"])
    await _paid_late(arena)
    await _not_ranked(sender, worker, stack)


async def _paid_late(arena: Arena) -> None:
    sender = await arena.sign_up("Poor sender")
    wanted = {"prompt": "A joke, please", "confirmed": True, "time_limit_seconds": _A_DAY}
    unpaid = await sender.http.post("/api/jobs/run", json=wanted)
    assert unpaid.status_code == 402, unpaid.text
    await sender.deposit(unpaid.json()["required"])
    await opened(sender, await sender.post(f"/api/jobs/{unpaid.json()['id']}/pay"))


async def _not_ranked(sender: Party, worker: Party, stack: Stack) -> None:
    file = await _uploaded(worker, "answer.md", b"# An answer")
    drop = await opened(sender, await run(sender))
    await submit(worker, drop["id"], "", files=[file])

    async def is_heard_of() -> bool:
        return bool((await sender.get(f"/api/jobs/{drop['id']}"))["submissions_count"])

    await eventually(is_heard_of)
    with frozen(stack.pid("s3")):
        await sender.post(f"/api/jobs/{drop['id']}/cancel")
        failed = await over(sender, drop["id"], seconds=_UNTIL_JUDGING_IS_GIVEN_UP)
    assert failed["status"] == "failed", failed


async def _uploaded(party: Party, path: str, content: bytes) -> Json:
    begun = await party.post("/api/v1/workspace/files/upload-url", {"path": path})
    async with httpx2.AsyncClient() as http:
        (await http.put(begun["upload_url"], content=content)).raise_for_status()
    await party.post("/api/v1/workspace/files/finalize", {"path": path})
    return {"key": begun["storage_ref"], "name": path, "size": len(content)}
