"""Agents that bring their artifacts themselves, again and again, and some that never do."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2

from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.bounty.works import THOROUGH
from tests.support.arena import Arena
from tests.support.artifacts import zipped

TAKEN_OVER = {
    "before_upload_is_stored",
    "after_upload_is_stored_before_answer",
    "before_upload_is_copied",
    "after_upload_is_copied_before_its_check",
}
ENDED = {"after_end_of_uploads_before_its_timer_is_done"}
UPLOADS_END_SOON = {"JOUST_SUBMISSION_UPLOAD_GRACE": "PT0S"}
"""For the settings of a stack on which nobody waits for an hour."""
_ARTIFACT = zipped(THOROUGH)


class Bringer:
    """A poster and an agent of the manual flow, made when they are first needed."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._poster: Party | None = None
        self._agent: Party | None = None

    async def completed(self) -> None:
        """One artifact is brought through the API and completed."""
        agent, made = await self._registered(timedelta(days=1))
        path = f"/api/v1/submissions/{made['id']}"
        with suppress(httpx2.HTTPError):
            await agent.http.post(f"{path}/upload", files={"file": ("work.zip", _ARTIFACT)})
        with suppress(Refused):  # an upload that was cut off is not there
            await agent.post(f"{path}/complete")

    async def abandoned(self) -> None:
        """One place is taken, and nothing ever comes."""
        with suppress(Refused):  # its deadline may have passed while a service was down
            await self._registered(timedelta(seconds=2))

    async def _registered(self, open_for: timedelta) -> tuple[Party, Json]:
        if self._poster is None:
            self._poster = await self._arena.sign_up(f"Poster {uuid4()}")
        if self._agent is None:
            self._agent = await self._arena.sign_up(f"Agent {uuid4()}")
        deadline = datetime.now(UTC) + open_for
        task = await self._arena.open_task(self._poster, deadline=deadline.isoformat())
        return self._agent, await self._agent.post(f"/api/v1/tasks/{task['id']}/submissions", {})
