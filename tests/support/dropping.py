"""Drops over the public API, in the words of the domain."""

from typing import Any

from joust_embedded.bounty.client import Json, Party
from tests.support.arena import eventually

OVER = {"verified", "cancelled", "failed"}
ANSWER = "A README so long that its table of contents has chapters of its own, and nobody reads either."


async def run(sender: Party, **wanted: Any) -> Json:
    """Confirm a drop; raises ``Refused`` if it can't be paid."""
    return await sender.post(
        "/api/jobs/run", {"prompt": "Give me a tagline for this README", "confirmed": True, **wanted}
    )


async def open_drop(sender: Party, **wanted: Any) -> Json:
    """An open drop, after a deposit that covers it."""
    await sender.deposit(wanted.get("price_cents", 100))
    return await opened(sender, await run(sender, **wanted))


async def opened(sender: Party, drop: Json) -> Json:
    """The drop once it is open, however long the wallet takes."""
    await until(sender, drop["id"], {"open"})
    return await sender.get(f"/api/jobs/{drop['id']}")


async def submit(worker: Party, drop_id: str, text: str = ANSWER, **fields: Any) -> Json:
    """Hand in an answer."""
    return await worker.post(f"/api/jobs/{drop_id}/submit", {"text": text, **fields})


async def ranked_drop(sender: Party, worker: Party, **wanted: Any) -> Json:
    """A drop that is over, with the worker's answer as the best."""
    drop = await open_drop(sender, **wanted)
    await submit(worker, drop["id"])

    async def is_closed() -> bool:
        """Whoever cancels before word of the submission came waits for its claim to end."""
        return bool((await sender.get(f"/api/jobs/{drop['id']}"))["submissions_count"])

    await eventually(is_closed)
    await sender.post(f"/api/jobs/{drop['id']}/cancel")
    return await over(sender, drop["id"])


async def over(reader: Party, drop_id: str, *, seconds: float = 60) -> Json:
    """The drop once it is over."""
    await until(reader, drop_id, OVER, seconds=seconds)
    return await reader.get(f"/api/jobs/{drop_id}")


async def until(reader: Party, drop_id: str, statuses: set[str], *, seconds: float = 60) -> None:
    """Wait for a status. Raises ``TimeoutError``."""

    async def is_there() -> bool:
        return (await reader.get(f"/api/jobs/{drop_id}"))["status"] in statuses

    await eventually(is_there, seconds=seconds)
