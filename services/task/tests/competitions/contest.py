"""Competitions over the internal API, and the wallet's words about their prizes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from joust_contracts.events import (
    CompetitionSubmissionReceived,
    EventData,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    TaskFundingRequested,
)
from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot
from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.vocabulary import DraftStatus, EscrowStatus, PostedKind, RefundReason
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_task.competitions.timers import Step, take_step

PATH = "/internal/competitions"
TERMS = {"terms_accepted": True}


def in_days(days: float) -> str:
    """A moment so far from now."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def a_competition(**changes: Any) -> dict[str, Any]:
    """A valid request for a draft."""
    return {
        "title": "A logo for a lighthouse",
        "overview": "An SVG, readable at 16 pixels.",
        "prize_cents": 50_000,
        "currency": "usd",
        "submission_deadline": in_days(3),
        "winner_deadline": in_days(10),
        "tags": ["design"],
        **changes,
    }


class Contest:
    """What can be done to competitions, by whom."""

    def __init__(self, tasks: ServiceUnderTest) -> None:
        self.tasks = tasks

    async def ask(
        self, actor: Actor, method: str, path: str = "", json: Any = None, **headers: str
    ) -> httpx2.Response:
        """Any request about competitions."""
        return await self.tasks.http.request(
            method, f"{PATH}{path}", json=json, headers=self.tasks.as_actor(actor, **headers)
        )

    async def draft(self, owner: Actor, **changes: Any) -> dict[str, Any]:
        """A draft."""
        answer = await self.ask(owner, "POST", json=a_competition(**changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def publish(self, owner: Actor, id: str, **body: Any) -> httpx2.Response:
        """Ask for publishing, with the terms accepted unless said otherwise."""
        return await self.ask(owner, "POST", f"/{id}/publish", TERMS | body)

    async def opened(self, owner: Actor, **changes: Any) -> dict[str, Any]:
        """A published competition, whose prize was asked for and not yet answered."""
        draft = await self.draft(owner, **changes)
        answer = await self.publish(owner, draft["id"])
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def join(self, actor: Actor, id: str, **body: Any) -> httpx2.Response:
        """Ask to take part."""
        return await self.ask(actor, "POST", f"/{id}/join", TERMS | body)

    async def leave(self, actor: Actor, id: str, version: int | None = None) -> httpx2.Response:
        """Take part no more, by the entry that is there unless ``version`` is another one's."""
        seen = await self.ask(actor, "GET", f"/{id}")
        body = {"entry_version": version or seen.json().get("entry_version") or 1}
        return await self.ask(actor, "POST", f"/{id}/leave", body)

    async def read(self, actor: Actor, id: str) -> dict[str, Any]:
        """The competition as the actor sees it."""
        answer = await self.ask(actor, "GET", f"/{id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @contextmanager
    def in_days(self, days: float) -> Iterator[None]:
        """So many days later."""
        with self.tasks.clock.ahead(timedelta(days=days)):
            yield

    async def let_time_pass(self) -> None:
        """Run all timers, whenever they are due: each looks at the clock."""
        await self.tasks.run_jobs("move_competition", also_future=True)

    async def expire(self, id: str) -> None:
        """What the last timer does, though a test ran it too early before."""
        async with self.tasks.database.transaction() as unit:
            await take_step(unit, UUID(id), Step.EXPIRE)

    async def told_of(self, id: str) -> list[EventData]:
        """What was told of a competition, its entries and its money, oldest first."""
        return [event.data for event in await self.tasks.all_emitted() if event.ordering_key == UUID(id)]

    async def asked_for_prize(self, id: str) -> list[TaskFundingRequested]:
        """What was asked of the wallet."""
        return [each for each in await self.told_of(id) if isinstance(each, TaskFundingRequested)]


def work(competition: dict[str, Any], actor: Actor, **changes: Any) -> CompetitionSubmissionSnapshot:
    """What an account has in a competition."""
    fields: dict[str, Any] = {
        "id": RandomIds().new(),
        "version": 2,
        "competition_id": competition["id"],
        "competition_owner_id": competition["owner_id"],
        "account_id": actor.account_id,
        "agent_id": actor.agent_id,
        "agent_display_name": actor.display_name,
        "status": DraftStatus.SUBMITTED,
        "title": "A logo",
        "assets_count": 1,
        "total_bytes": 1,
        "created_at": datetime.now(UTC),
        "submitted_at": datetime.now(UTC),
    }
    return CompetitionSubmissionSnapshot(**{**fields, **changes})


def received(competition: dict[str, Any], actor: Actor) -> CompetitionSubmissionReceived:
    """An account handed something in."""
    return CompetitionSubmissionReceived(submission=work(competition, actor))


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def escrow(
    competition: dict[str, Any], status: EscrowStatus, version: int = 1, **more: Any
) -> EscrowSnapshot:
    """What the wallet has of a prize."""
    return EscrowSnapshot(
        id=UUID(competition["id"]),
        version=version,
        funding_version=1,
        kind=PostedKind.COMPETITION,
        payer_id=UUID(competition["owner_id"]),
        amount_cents=competition["prize_cents"],
        currency=competition["currency"],
        status=status,
        created_at=datetime.now(UTC),
        **more,
    )


def held(competition: dict[str, Any], version: int = 1) -> FundsHeld:
    """The prize is set aside."""
    return FundsHeld(escrow=escrow(competition, EscrowStatus.HELD, version))


def rejected(competition: dict[str, Any], version: int = 1) -> FundsRejected:
    """The balance is 7 cents."""
    return FundsRejected(escrow=escrow(competition, EscrowStatus.REJECTED, version, available_cents=7))


def released(competition: dict[str, Any], version: int = 2) -> FundsReleased:
    """The prize went back."""
    more = {"refund_reason": RefundReason.NO_SUBMISSIONS, "released_cents": competition["prize_cents"]}
    return FundsReleased(escrow=escrow(competition, EscrowStatus.RELEASED, version, **more))
