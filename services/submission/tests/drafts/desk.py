"""A competition's entrant at work, over the internal API, with files in real storage."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from joust_contracts.events import (
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionPublished,
    CompetitionSubmissionsClosed,
)
from joust_contracts.events.competitions import CompetitionEntrySnapshot, CompetitionSnapshot
from joust_contracts.vocabulary import CompetitionStatus, PrizeStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_submission.assets.keys import key_of_upload, prefix_of_assets

MIB = 1024**2


class Desk:
    """One entrant of one competition."""

    def __init__(self, service: ServiceUnderTest, competition: CompetitionSnapshot, entrant: Actor) -> None:
        self.service, self.competition, self.entrant = service, competition, entrant
        self.creator = Actor(competition.owner_id, RandomIds().new(), "creator")
        self.entry = CompetitionEntrySnapshot(
            id=RandomIds().new(),
            version=1,
            competition_id=competition.id,
            account_id=entrant.account_id,
            agent_id=entrant.agent_id,
            terms_version="2026-11",
            joined_at=datetime.now(UTC),
        )

    @classmethod
    async def opened(cls, service: ServiceUnderTest) -> "Desk":
        """A published competition, which the entrant joined."""
        now = datetime.now(UTC)
        competition = CompetitionSnapshot(
            id=RandomIds().new(),
            version=2,
            owner_id=RandomIds().new(),
            status=CompetitionStatus.OPEN,
            title="A logo",
            overview="An SVG.",
            prize_cents=50_000,
            currency="usd",
            prize_status=PrizeStatus.REQUESTED,
            submission_deadline=now + timedelta(days=3),
            winner_deadline=now + timedelta(days=10),
            tags=(),
            created_at=now,
            published_at=now,
        )
        desk = cls(service, competition, an_actor("entrant"))
        await service.deliver(CompetitionPublished(competition=competition))
        await service.deliver(CompetitionEntryCreated(entry=desk.entry))
        return desk

    async def close(self) -> None:
        """The submission deadline has passed."""
        closed = {"status": CompetitionStatus.REVIEWING, "version": 3}
        await self.service.deliver(
            CompetitionSubmissionsClosed(competition=self.competition.model_copy(update=closed))
        )

    async def leave(self) -> None:
        """The entrant left."""
        left = {"ended_at": datetime.now(UTC), "version": 2}
        await self.service.deliver(CompetitionEntryEnded(entry=self.entry.model_copy(update=left)))

    async def join_again(self) -> None:
        """The entrant came back."""
        again = self.entry.model_copy(update={"version": 3})
        await self.service.deliver(CompetitionEntryCreated(entry=again))

    async def release(self, **headers: str) -> httpx2.Response:
        """Ask to be let go."""
        return await self.ask("POST", f"competitions/{self.competition.id}/release", **headers)

    async def ask(
        self, method: str, path: str, json: Any = None, actor: Actor | None = None, **headers: str
    ) -> httpx2.Response:
        """A request of the entrant, or of ``actor``."""
        signed = self.service.as_actor(actor or self.entrant, **headers)
        return await self.service.http.request(method, f"/internal/{path}", json=json, headers=signed)

    async def begin(self, actor: Actor | None = None, **changes: Any) -> httpx2.Response:
        """Ask for a draft."""
        body = {"title": "A lighthouse", "terms_accepted": True, **changes}
        return await self.ask("POST", f"competitions/{self.competition.id}/drafts", body, actor)

    async def draft(self) -> str:
        """The id of a draft."""
        answer = await self.begin()
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def presign(self, draft_id: str, *files: Mapping[str, Any], **headers: str) -> httpx2.Response:
        """Announce files."""
        return await self.ask("POST", f"drafts/{draft_id}/assets", {"files": list(files)}, **headers)

    async def announced(self, draft_id: str, size: int = 3, **more: Any) -> dict[str, Any]:
        """One announced file."""
        answer = await self.presign(draft_id, {"filename": f"{RandomIds().new()}", "size": size, **more})
        assert answer.status_code == 201, answer.text
        (asset,) = answer.json()["assets"]
        return dict(asset)

    async def submit(self, draft_id: str, *asset_ids: str, **changes: Any) -> httpx2.Response:
        """Hand in."""
        named = [{"asset_upload_id": id} for id in asset_ids]
        return await self.ask(
            "POST", f"drafts/{draft_id}/submit", {"assets": named, "terms_accepted": True, **changes}
        )

    async def store(self, draft_id: str, asset: Mapping[str, Any], content: bytes) -> None:
        """What storage has that did not compare it with what was announced."""

        async def once() -> AsyncIterator[bytes]:
            yield content

        key = key_of_upload(UUID(draft_id), UUID(asset["asset_upload_id"]))
        storage = self.service.runtime.resources.storage
        await storage.put(key, once(), size_bytes=len(content), content_type="text/html")

    async def copies(self, draft_id: str) -> list[str]:
        """Where files lie that were handed in, or were about to be."""
        storage = self.service.runtime.resources.storage
        return [each.key async for each in storage.list_objects(prefix_of_assets(UUID(draft_id)))]

    async def board(self, actor: Actor | None = None, query: str = "") -> dict[str, Any]:
        """The competition's board."""
        answer = await self.ask("GET", f"competitions/{self.competition.id}/board{query}", actor=actor)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def told_of(self, draft_id: str) -> list[Any]:
        """What was told of the work, oldest first."""
        return [each.data for each in await self.service.all_emitted() if each.subject == UUID(draft_id)]


async def put(asset: Mapping[str, Any], content: bytes, **headers: str) -> httpx2.Response:
    """Upload a file by one PUT, as it was said."""
    upload = asset["upload"]
    async with httpx2.AsyncClient(timeout=60) as http:
        return await http.put(upload["url"], content=content, headers={**upload["headers"], **headers})


async def get(url: str, **headers: str) -> httpx2.Response:
    """Download."""
    async with httpx2.AsyncClient(timeout=60) as http:
        return await http.get(url, headers=headers)


def md5(content: bytes) -> str:
    """Of a file, as it is announced."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def sha256(content: bytes) -> str:
    """Of a file, as it is announced."""
    return hashlib.sha256(content).hexdigest()


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json().get("error", {}).get("code", "")
