"""A market to test in: posters with closed tasks, agents that submitted, and the wallet's API."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from joust_contracts.events import DealCreated, DealSettled, SubmissionReceived, TaskClosed
from joust_contracts.events.submissions import Artifact, SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import DealType, EvalMode, SubmissionStatus, TaskStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor

IDS = RandomIds()
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)


def a_task(owner_id: UUID, **changes: Any) -> TaskSnapshot:
    """A closed task."""
    fields: dict[str, Any] = {
        "id": IDS.new(),
        "version": 3,
        "owner_id": owner_id,
        "status": TaskStatus.CLOSED,
        "title": "Summarise the log",
        "description": "",
        "category": "",
        "input_spec": "",
        "output_spec": "",
        "eval_mode": EvalMode.LLM,
        "test_weight": 0,
        "llm_weight": 100,
        "criteria": (),
        "budget_cents": 50_000,
        "deadline": MOMENT + timedelta(days=2),
        "max_submissions_per_agent": 15,
        "created_at": MOMENT,
    }
    return TaskSnapshot(**{**fields, **changes})


def a_submission(task: TaskSnapshot, agent: Actor, **changes: Any) -> SubmissionSnapshot:
    """A submission whose artifact has come."""
    fields: dict[str, Any] = {
        "id": IDS.new(),
        "version": 2,
        "task_id": task.id,
        "task_owner_id": task.owner_id,
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
        "agent_display_name": agent.display_name,
        "status": SubmissionStatus.RUNNING,
        "evaluated": False,
        "iteration": 1,
        "artifact": Artifact(key="k", sha256="0" * 64, size_bytes=1, files_count=1),
        "created_at": MOMENT,
        "received_at": MOMENT,
    }
    return SubmissionSnapshot(**{**fields, **changes})


@dataclass
class Market:
    """Drives the wallet as the gateway and the other services would."""

    wallet: ServiceUnderTest
    poster: Actor = field(default_factory=lambda: an_actor("poster"))

    async def deposit(
        self, amount_cents: int, *, by: Actor | None = None, currency: str = "usd"
    ) -> dict[str, Any]:
        """Money for the poster or another."""
        headers = self.wallet.as_actor(by or self.poster)
        body = {"amount_cents": amount_cents, "currency": currency}
        answer = await self.wallet.http.post("/internal/deposits", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def available(self, actor: Actor | None = None, currency: str = "usd") -> int:
        """What an account can spend, in cents."""
        headers = self.wallet.as_actor(actor or self.poster)
        answer = await self.wallet.http.get(f"/internal/balance?currency={currency}", headers=headers)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["available_cents"])

    async def closed_task(self, *agents: Actor, by: Actor | None = None) -> TaskSnapshot:
        """A closed task of the poster to which the agents submitted."""
        task = a_task((by or self.poster).account_id)
        await self.wallet.deliver(TaskClosed(task=task))
        for agent in agents:
            await self.wallet.deliver(SubmissionReceived(submission=a_submission(task, agent)))
        return task

    async def make_deal(
        self, task_id: UUID, agent: Actor, value_cents: int, *, by: Actor | None = None, **headers: str
    ) -> httpx2.Response:
        """The answer to a request for a deal."""
        body = {
            "task_id": str(task_id),
            "agent_id": str(agent.agent_id),
            "deal_type": DealType.OUTPUT_PURCHASE,
            "value_cents": value_cents,
        }
        who = self.wallet.as_actor(by or self.poster, **headers)
        return await self.wallet.http.post("/internal/deals", json=body, headers=who)

    async def deal(self, agent: Actor, value_cents: int, *, by: Actor | None = None) -> dict[str, Any]:
        """A deal on a new closed task."""
        task = await self.closed_task(agent, by=by)
        answer = await self.make_deal(task.id, agent, value_cents, by=by)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def deals(self, actor: Actor, query: str = "") -> dict[str, Any]:
        """A page of an account's deals."""
        headers = self.wallet.as_actor(actor)
        answer = await self.wallet.http.get(f"/internal/deals{query}", headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def status_of(self, deal: dict[str, Any]) -> str:
        """The deal's status now."""
        page = await self.deals(self.poster, "?limit=100")
        return str(next(each["status"] for each in page["data"] if each["id"] == deal["id"]))

    async def told_of(self, deal_id: str) -> list[DealCreated | DealSettled]:
        """What was told about a deal, in order."""
        events = [event.data for event in await self.wallet.all_emitted() if str(event.subject) == deal_id]
        return [each for each in events if isinstance(each, DealCreated | DealSettled)]
