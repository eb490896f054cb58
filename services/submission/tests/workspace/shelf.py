"""An account's files, over the internal API and in storage."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
from sqlalchemy import func, select
from sqlmodel import col

from joust_kit.storage import Storage
from joust_submission.resources import Resources
from joust_submission.workspace.files.keys import key_of_file
from joust_submission.workspace.models import File, Kind, Usage
from joust_submission.workspace.rules import Amount
from services.submission.tests.workspace.desk import Desk


class Shelf(Desk):
    """One account's files."""

    @property
    def resources(self) -> Resources:
        resources: Resources = self.service.app.state.resources
        return resources

    @property
    def storage(self) -> Storage:
        return self.resources.storage

    async def put_file(self, path: str, content: Any = b"x", **params: str) -> httpx2.Response:
        """Keep a file."""
        headers = {"Idempotency-Key": params.pop("once")} if "once" in params else {}
        return await self.ask(
            "PUT", "/file", params={"path": path, **params}, content=content, headers=headers
        )

    async def shelve(self, *paths: str, content: bytes = b"x") -> None:
        """Keep a file at each path."""
        for path in paths:
            answer = await self.put_file(path, content)
            assert answer.status_code == 200, answer.text

    async def download(self, path: str, **headers: str) -> httpx2.Response:
        """Read a file."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.ask("GET", "/file", params={"path": path}, headers=named)

    async def delete_file(self, path: str) -> httpx2.Response:
        """Delete a file."""
        return await self.ask("DELETE", "/file", params={"path": path})

    async def begin(self, path: str, **fields: Any) -> httpx2.Response:
        """Ask for an upload URL."""
        return await self.ask("POST", "/uploads", json={"path": path, **fields})

    async def uploaded(self, path: str, content: bytes, **fields: Any) -> dict[str, Any]:
        """Get an upload URL and put a file to it, as an owner does."""
        begun = await self.begin(path, **fields)
        assert begun.status_code == 201, begun.text
        await self.put_to(begun.json()["upload_url"], content)
        return dict(begun.json())

    async def put_to(self, url: str, content: bytes) -> None:
        """Put a file to an upload URL."""
        async with httpx2.AsyncClient(timeout=30) as http:
            (await http.put(url, content=content)).raise_for_status()

    async def finalize(self, path: str, **fields: Any) -> httpx2.Response:
        """Finalize an upload."""
        return await self.ask("POST", "/uploads/finalize", json={"path": path, **fields})

    async def counted_files(self) -> Amount:
        """What the account uses, as it is counted; fails unless that is what is there."""
        account = self.actor.account_id
        async with self.service.database.reading() as session:
            usage = await session.get(Usage, (account, Kind.FILES))
            sums = select(func.count(), func.coalesce(func.sum(col(File.size_bytes)), 0))
            row = (await session.execute(sums.where(col(File.account_id) == account))).one()
        counted = Amount(0, 0) if usage is None else usage.amount
        assert counted == Amount(*row)
        return counted

    async def row(self, path: str) -> File:
        """A file as it lies in the database."""
        async with self.service.database.reading() as session:
            return await session.get_one(File, (self.actor.account_id, path))

    async def objects(self) -> set[str]:
        """What lies in storage for the account."""
        found = set()
        for prefix in ("workspaces/", "workspace-uploads/"):
            listed = self.storage.list_objects(f"{prefix}{self.actor.account_id}/")
            found |= {each.key async for each in listed}
        return found

    async def assert_only_files_in_storage(self) -> None:
        """Fails unless storage has exactly the objects of the files."""
        async with self.service.database.reading() as session:
            query = select(col(File.object_id)).where(col(File.account_id) == self.actor.account_id)
            ids = await session.scalars(query)
        assert await self.objects() == {key_of_file(self.actor.account_id, id) for id in ids}


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """A body whose length is not announced."""
    for start in range(0, len(content), size):
        yield content[start : start + size]
