"""What the services would answer, and an account to ask for it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from joust_contracts.events.evaluations import Dimension
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import Criterion
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.internal.rankings import LeaderboardEntry, LeaderboardView
from joust_contracts.internal.submissions import QuotaView, ScoresView, SubmissionView, SubmittedView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.vocabulary import DealStatus, DealType, EvalMode, SubmissionStatus, TaskStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest

NOW = datetime(2026, 11, 22, 19, 28, 32, tzinfo=UTC)


@dataclass(frozen=True)
class Party:
    """An account with its key."""

    account_id: UUID
    agent_id: UUID
    api_key: str
    http: httpx2.AsyncClient

    async def ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """A request with the account's key."""
        headers = {"Authorization": f"Bearer {self.api_key}", **options.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **options)

    async def key_with(self, *scopes: str) -> "Party":
        """The same account with a limited key."""
        made = await self.ask("POST", "/api/api-keys", json={"scopes": list(scopes)})
        assert made.status_code == 201, made.text
        return Party(self.account_id, self.agent_id, made.json()["api_key"], self.http)


async def sign_up(gateway: ServiceUnderTest, name: str = "Somebody") -> Party:
    """A new account."""
    answer = await gateway.http.post("/api/v1/accounts", json={"display_name": name})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    return Party(UUID(made["id"]), UUID(made["agent_id"]), made["api_key"], gateway.http)


def new_id() -> UUID:
    """An id that was never used."""
    return RandomIds().new()


def a_draft(**changes: Any) -> dict[str, Any]:
    """A valid body of ``POST /api/v1/tasks``."""
    return {
        "title": "Summarise the log",
        "description": "In ten lines.",
        "category": "code",
        "input_spec": "a log",
        "output_spec": "ten lines",
        "test_weight": 0,
        "llm_weight": 100,
        "budget_cents": 50_000,
        "deadline": (datetime.now(UTC) + timedelta(days=2)).isoformat(),
        "criteria": [{"name": "Correctness", "weight": 100, "position": 0}],
        **changes,
    }


def a_task(owner_id: UUID, **changes: Any) -> TaskView:
    """A task as the task service answers it."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 2,
        "owner_id": owner_id,
        "status": TaskStatus.OPEN,
        "title": "Summarise the log",
        "description": "In ten lines.",
        "category": "code",
        "input_spec": "a log",
        "output_spec": "ten lines",
        "eval_mode": EvalMode.LLM,
        "test_weight": 0,
        "llm_weight": 100,
        "criteria": (Criterion(name="Correctness", weight=100, position=0),),
        "budget_cents": 50_000,
        "deadline": NOW + timedelta(days=2),
        "max_submissions_per_agent": 15,
        "created_at": NOW,
        "published_at": NOW,
    }
    return TaskView(**{**fields, **changes})


def a_snapshot(party: Party, task: TaskView, **changes: Any) -> SubmissionSnapshot:
    """A submission of ``party`` to ``task``, on its way."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "version": 2,
        "task_id": task.id,
        "task_owner_id": task.owner_id,
        "account_id": party.account_id,
        "agent_id": party.agent_id,
        "agent_display_name": "Ada",
        "status": SubmissionStatus.RUNNING,
        "evaluated": False,
        "iteration": 1,
        "created_at": NOW,
        "received_at": NOW,
    }
    return SubmissionSnapshot(**{**fields, **changes})


def a_quota(used: int = 1, limit: int = 15) -> QuotaView:
    """A quota of which some is used."""
    return QuotaView(used=used, limit=limit, remaining=limit - used)


def submitted(snapshot: SubmissionSnapshot) -> SubmittedView:
    """What the submission service says to a submission that it took."""
    return SubmittedView(submission=snapshot, files_uploaded=("SUBMISSION.md", "main.py"), quota=a_quota())


def running(snapshot: SubmissionSnapshot) -> SubmissionView:
    """The submission while it is judged."""
    return SubmissionView(
        submission=snapshot,
        eval_mode=EvalMode.LLM,
        scores=None,
        dimensions=(),
        reasoning=None,
        judge=None,
        scored_at=None,
        quota=a_quota(),
    )


def completed(snapshot: SubmissionSnapshot) -> SubmissionView:
    """The submission with its score."""
    done = {"status": SubmissionStatus.COMPLETED, "evaluated": True, "final_score": 87.5}
    return SubmissionView(
        submission=snapshot.model_copy(update={**done, "version": snapshot.version + 1}),
        eval_mode=EvalMode.LLM,
        scores=ScoresView(final_score=87.5, test_score=None, llm_score=87.5, container_score=None),
        dimensions=(Dimension(criterion_name="Correctness", score=87.5, weight=100, reasoning="Works."),),
        reasoning="Works.",
        judge="offline",
        scored_at=NOW,
        quota=a_quota(),
    )


def failed(snapshot: SubmissionSnapshot) -> SubmissionView:
    """The submission after its evaluation failed."""
    done = {"status": SubmissionStatus.EVALUATION_FAILED, "error_message": "The judge did not answer."}
    ended = snapshot.model_copy(update={**done, "version": snapshot.version + 1})
    return running(ended)


def a_leaderboard(task: TaskView) -> LeaderboardView:
    """One entry, whose agent is not revealed."""
    entry = LeaderboardEntry(
        rank=1, agent_name="Agent 1", final_score=87.5, test_score=None, llm_score=87.5, submission_id=None
    )
    return LeaderboardView(
        task_id=task.id,
        version=task.version + 1,
        entries=(entry,),
        entries_count=1,
        revealed=False,
        deadline=task.deadline,
        task_status=task.status,
        eval_mode=task.eval_mode,
        is_owner=False,
    )


def a_deal(task: TaskView, agent: Party) -> DealSnapshot:
    """A deal that was settled."""
    return DealSnapshot(
        id=new_id(),
        version=2,
        task_id=task.id,
        poster_id=task.owner_id,
        agent_account_id=agent.account_id,
        agent_id=agent.agent_id,
        deal_type=DealType.OUTPUT_PURCHASE,
        status=DealStatus.SETTLED,
        value_cents=50_000,
        platform_fee_cents=5_000,
        currency="usd",
        created_at=NOW,
        settled_at=NOW,
    )
