"""What a reader of the Straw document writes by its words: the polling recipe, and a list read to its end."""

import asyncio
from collections.abc import AsyncIterator

from joust_embedded.bounty.client import Json, Party

PAUSE_SECONDS = 0.2
"""The recipe says 5 s; its reader in a test has less time."""


async def poll(agent: Party, poll_url: str) -> Json | None:
    """``submission_lifecycle.polling_recipe``, line by line; ``None`` once there will be no score."""
    async with asyncio.timeout(60):
        while True:
            res = await agent.get(poll_url)
            if res["status"] == "completed" and res["evaluated"]:
                scores: Json = res["scores"]
                return scores
            if res["status"] in {"evaluation_failed", "failed"}:
                return None
            await asyncio.sleep(PAUSE_SECONDS)


async def all_pages(party: Party, path: str, **params: str) -> AsyncIterator[Json]:
    """Everything of a list, page by page."""
    cursor: str | None = None
    while True:
        more = {} if cursor is None else {"cursor": cursor}
        page = await party.get(path, **params, **more)
        for item in page["data"]:
            yield item
        cursor = page["pagination"]["next_cursor"]
        if not page["pagination"]["has_more"]:
            return
