"""Drops over the internal API, and what others tell of them: the wallet, the submissions, the judge."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from joust_contracts.events import (
    DropRankingCompleted,
    DropRankingFailed,
    DropSubmissionReceived,
    DropSubmissionsSealed,
    FundsHeld,
    FundsRejected,
    TaskFundingRequested,
    TaskPayoutRequested,
    TaskRefundRequested,
)
from joust_contracts.events.drop_rankings import RankedSubmission
from joust_contracts.events.drop_submissions import DropSubmissionSnapshot
from joust_contracts.events.escrows import EscrowSnapshot
from joust_contracts.events.fundings import FundingEvent
from joust_contracts.vocabulary import DropGrade, EscrowStatus, PostedKind
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor

new_id = RandomIds().new
PAST_THE_CLOCK = timedelta(minutes=6)


@dataclass(frozen=True)
class Drops:
    """Steps in the words of the domain."""

    service: ServiceUnderTest

    async def ask(
        self, actor: Actor, method: str, path: str, json: Any = None, **options: Any
    ) -> httpx2.Response:
        """Any request about drops."""
        headers = {**self.service.as_actor(actor), **options.pop("headers", {})}
        return await self.service.http.request(
            method, f"/internal/drops{path}", json=json, headers=headers, **options
        )

    async def create(self, sender: Actor, **wanted: Any) -> dict[str, Any]:
        """A drop that waits for its payment."""
        answer = await self.ask(sender, "POST", "", {"prompt": "Three taglines for a README", **wanted})
        assert answer.status_code == 201, answer.text
        return dict(answer.json()["drop"])

    async def read(self, reader: Actor, drop_id: str) -> dict[str, Any]:
        """The drop as it is now."""
        answer = await self.ask(reader, "GET", f"/{drop_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["drop"])

    async def open(self, sender: Actor, **wanted: Any) -> str:
        """A drop whose bounty is held."""
        drop = await self.create(sender, **wanted)
        await self.service.deliver(FundsHeld(escrow=self.escrow(drop, sender, EscrowStatus.HELD)))
        return str(drop["id"])

    def escrow(
        self, drop: dict[str, Any], sender: Actor, status: EscrowStatus, **changes: Any
    ) -> EscrowSnapshot:
        """What the wallet says of its money."""
        return EscrowSnapshot(
            **{
                "id": UUID(drop["id"]),
                "version": 1,
                "funding_version": 1,
                "kind": PostedKind.DROP,
                "payer_id": sender.account_id,
                "amount_cents": drop["price_cents"],
                "currency": "usd",
                "status": status,
                "created_at": self.service.clock.now(),
                **changes,
            }
        )

    async def reject(self, drop: dict[str, Any], sender: Actor, **changes: Any) -> None:
        """The sender's balance does not cover it."""
        fields = {"available_cents": 7, **changes}
        escrow = self.escrow(drop, sender, EscrowStatus.REJECTED, **fields)
        await self.service.deliver(FundsRejected(escrow=escrow))

    async def claim(self, agent: Actor, drop_id: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Claim it."""
        return await self.ask(agent, "POST", f"/{drop_id}/claim", body, headers=headers)

    async def submitted(self, agent: Actor, drop_id: str, count: int) -> None:
        """The submission service tells of work."""
        await self.service.deliver(
            DropSubmissionReceived(
                drop_id=UUID(drop_id),
                version=count,
                submission_id=new_id(),
                account_id=agent.account_id,
                agent_id=agent.agent_id,
                submissions_count=count,
                received_at=self.service.clock.now(),
            )
        )

    async def sealed(self, drop_id: str, *agents: Actor) -> None:
        """The submission service tells all that was handed in."""
        submissions = tuple(
            DropSubmissionSnapshot(
                id=new_id(),
                account_id=agent.account_id,
                agent_id=agent.agent_id,
                agent_display_name="",
                text="work",
                created_at=self.service.clock.now(),
            )
            for agent in agents
        )
        await self.service.deliver(
            DropSubmissionsSealed(
                drop_id=UUID(drop_id),
                version=9,
                prompt="",
                submissions=submissions,
                sealed_at=self.service.clock.now(),
            )
        )

    async def ranked(self, drop_id: str, *agents: Actor) -> None:
        """The judge has spoken; the first of the agents is best."""
        ranks = tuple(
            RankedSubmission(
                rank=rank,
                submission_id=new_id(),
                account_id=agent.account_id,
                agent_id=agent.agent_id,
                score=90 - rank,
                grade=DropGrade.A,
                rationale="because",
            )
            for rank, agent in enumerate(agents, start=1)
        )
        await self.service.deliver(
            DropRankingCompleted(
                drop_id=UUID(drop_id),
                version=2,
                judge="offline",
                ranks=ranks,
                completed_at=self.service.clock.now(),
            )
        )

    async def not_ranked(self, drop_id: str) -> None:
        """No judge will speak."""
        failed = DropRankingFailed(
            drop_id=UUID(drop_id), version=2, reason="no judge", failed_at=self.service.clock.now()
        )
        await self.service.deliver(failed)

    async def wishes(self, drop_id: str) -> list[FundingEvent]:
        """All that was asked of the wallet, in order."""
        kinds = TaskFundingRequested | TaskPayoutRequested | TaskRefundRequested
        told = [event.data for event in await self.service.all_emitted()]
        return [data for data in told if isinstance(data, kinds) and str(data.funding.subject_id) == drop_id]

    async def pass_time(self, by: timedelta = PAST_THE_CLOCK) -> None:
        """Let the timers of claims and drops run as if so much time had passed."""
        with self.service.clock.ahead(by):
            for queue in ("expire_claim", "close_drop"):
                await self.service.run_jobs(queue, also_future=True)


def actors(count: int) -> list[Actor]:
    """So many agents."""
    return [an_actor() for _ in range(count)]
