"""Compares what lies in storage with what rows refer to, after the database went back in time."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from joust_kit.messaging.reconcile import Difference
from joust_kit.service import Runtime
from joust_kit.storage import Storage

KIND = "object"


async def compare_objects(
    storage: Storage,
    prefixes: Sequence[str],
    referred: Callable[[AsyncSession], Awaitable[Collection[str]]],
    runtime: Runtime,
    since: datetime,
) -> list[Difference]:
    """Objects below ``prefixes`` that are gone though a row refers to them, and those put there since a
    moment to which none does. What was put there just now may belong to a request that is under way."""
    async with storage:
        lying = {
            listed.key: listed.modified_at
            for prefix in prefixes
            async for listed in storage.list_objects(prefix)
        }
    async with runtime.database.reading() as session:
        needed = set(await referred(session))
    gone = [Difference(KIND, key, "a row refers to it, and it is not there") for key in needed - lying.keys()]
    unknown = [
        Difference(KIND, key, "it was put there, and no row refers to it")
        for key, put_at in lying.items()
        if put_at >= since and key not in needed
    ]
    return gone + unknown
