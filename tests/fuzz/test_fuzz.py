"""No answer of the public API is a 5xx, or one that its OpenAPI document does not describe (row S14)."""

import asyncio
from pathlib import Path

from joust_embedded.stack import Stack
from tests.fuzz.campaign import fuzz
from tests.fuzz.ground import prepare
from tests.support.arena import Arena

EXAMPLES = 5
"""Made-up requests to each operation, beside those at the limits of its schema. `make fuzz` makes more."""


async def test_whatever_is_asked_the_answer_is_as_documented(
    arena: Arena, stack: Stack, tmp_path: Path
) -> None:
    ground = await prepare(arena)
    done = await asyncio.to_thread(fuzz, ground, arena.url, tmp_path, examples=EXAMPLES)
    if done.returncode != 0:
        # What breaks a promise breaks it again, for the seed is the same. A part that did not answer for once, which
        # is told with 503 as it must be, does not do so twice.
        print(done.stdout)
        done = await asyncio.to_thread(fuzz, ground, arena.url, tmp_path, examples=EXAMPLES)
    assert done.returncode == 0, done.stdout
    # With a key that was lost on the way everything but a 401 would have gone untried.
    await ground.party.balance()
