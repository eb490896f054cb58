"""Steps of the manual flow, on real S3."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.services import ServiceName
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest
from joust_submission.artifacts.keys import KEY_PREFIX, UPLOAD_PREFIX
from joust_submission.artifacts.orphans import OrphanSweep
from libs.joust_kit.tests.archives.zips import STORED, File, Zip
from services.submission.tests.conftest import Arena

GOOD = bytes(Zip.of(File("main.py", b"print(1)")))
MAX_BYTES = 200_000
OpenService = Callable[..., Awaitable[ServiceUnderTest]]


def sized(size_bytes: int) -> bytes:
    """A good archive of exactly so many bytes."""
    empty = len(bytes(Zip.of(File("filler", b"", STORED))))
    return bytes(Zip.of(File("filler", b"j" * (size_bytes - empty), STORED)))


@dataclass(frozen=True)
class Intake(Arena):
    """Registers, uploads and completes."""

    async def register(self, actor: Actor, task_id: UUID, **headers: str) -> httpx2.Response:
        return await self.post(actor, f"/internal/tasks/{task_id}/submissions", json={}, headers=headers)

    async def registered(self, actor: Actor, task: TaskSnapshot) -> dict[str, Any]:
        """The answer to a registration that went well."""
        answer = await self.register(actor, task.id)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def post(
        self, actor: Actor, path: str, *, headers: dict[str, str] | None = None, **body: Any
    ) -> httpx2.Response:
        return await self.service.http.post(
            path, headers=self.service.as_actor(actor, **(headers or {})), **body
        )

    async def put(self, url: str, content: bytes) -> int:
        """As an agent puts its bytes: to the URL alone."""
        async with httpx2.AsyncClient(timeout=30) as http:
            return (await http.put(url, content=content)).status_code

    async def upload(self, actor: Actor, id: str, content: bytes, **headers: str) -> httpx2.Response:
        sent = {"content-type": "application/octet-stream", **headers}
        return await self.post(actor, f"/internal/submissions/{id}/upload", content=content, headers=sent)

    async def complete(self, actor: Actor, id: str, **headers: str) -> httpx2.Response:
        return await self.post(actor, f"/internal/submissions/{id}/complete", headers=headers)

    async def handed_in(
        self, actor: Actor, task: TaskSnapshot, content: bytes
    ) -> tuple[str, httpx2.Response]:
        """Register, put, complete."""
        made = await self.registered(actor, task)
        assert await self.put(made["upload"]["url"], content) == 200
        return made["submission"]["id"], await self.complete(actor, made["submission"]["id"])

    async def objects_of(self, id: str) -> set[str]:
        """Keys of all that lies in storage for a submission."""
        prefixes = (f"{KEY_PREFIX}{id}", f"{UPLOAD_PREFIX}{id}")
        return {each.key for prefix in prefixes async for each in self.storage.list_objects(prefix)}

    def sweep(self) -> OrphanSweep:
        hour = timedelta(hours=1)
        return OrphanSweep(self.service.database, self.storage, min_age=hour, interval=hour)

    async def used(self, actor: Actor, task: TaskSnapshot) -> int:
        return int((await self.get(actor, f"/internal/tasks/{task.id}/quota")).json()["used"])


@pytest.fixture(scope="session")
async def intake(open_service: OpenService) -> Intake:
    """The service with a limit of 200 kB for artifacts."""
    return Intake(await open_service(ServiceName.SUBMISSION, max_artifact_bytes=MAX_BYTES))
