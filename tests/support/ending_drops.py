"""Drops that end by their clock, for services that die where they end them."""

from uuid import uuid4

from joust_embedded.bounty.client import Party
from tests.support.arena import Arena
from tests.support.dropping import run, submit

DROPS_END_SOON = {
    "JOUST_TASK_DROP_MIN_TIME_LIMIT_SECONDS": "1",
    "JOUST_TASK_DROP_CLAIM_LIFETIME": "PT2S",
    "JOUST_TASK_DROP_CLAIM_GRACE": "PT0S",
}
ENDED_BY_THE_CLOCK = {
    "after_drop_closed_before_its_timer_is_done",
    "after_claim_expired_before_its_timer_is_done",
    "after_drop_is_judged_before_its_ranks",
}
_SECONDS = 4
"""Longer than a claim lasts, so that claims expire before their drops close."""


class Dropper:
    """Posts drops and competes for them."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._parties: tuple[Party, Party] | None = None

    async def timed(self) -> None:
        """A drop whose claim is not used, and one to which something is handed in."""
        if self._parties is None:
            sender = await self._arena.sign_up(f"Sender {uuid4()}", cents=1_000_000)
            self._parties = sender, await self._arena.sign_up(f"Worker {uuid4()}")
        sender, worker = self._parties
        unused = await run(sender, time_limit_seconds=_SECONDS)
        await worker.post(f"/api/jobs/{unused['id']}/claim")
        used = await run(sender, time_limit_seconds=_SECONDS)
        await submit(worker, used["id"])
