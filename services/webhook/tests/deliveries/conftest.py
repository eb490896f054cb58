"""A task with its owner, a competitor and a stranger, who register endpoints and hear of what happens."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select
from sqlmodel import col

from joust_contracts.events import (
    CompetitionAnnounced,
    CompetitionAwarded,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionExpired,
    CompetitionPublished,
    CompetitionSelectionReminded,
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    CompetitionSubmissionReviewed,
    CompetitionSubmissionsClosed,
    CompetitionUpdated,
    DealCreated,
    DropCancelled,
    DropClosed,
    DropFailed,
    DropOpened,
    DropVerified,
    EvaluationCompleted,
    Event,
    EventData,
    SubmissionCompleted,
    SubmissionFailed,
    SubmissionReceived,
    TaskClosed,
    TaskDeadlinePassed,
    TaskMatched,
    TaskPublished,
)
from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot
from joust_contracts.events.competitions import (
    CompetitionEntrySnapshot,
    CompetitionEvent,
    CompetitionSnapshot,
    CompetitionWinner,
)
from joust_contracts.events.drops import DropClaim, DropResult, DropSnapshot
from joust_contracts.events.evaluations import Dimension, EvaluatedSubmission, Judgement
from joust_contracts.events.rankings import MatchedAgent, MatchedTask
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import Criterion, TaskSnapshot
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import (
    ClaimState,
    CompetitionStatus,
    DealStatus,
    DealType,
    DraftStatus,
    DropGrade,
    DropPack,
    DropStatus,
    EvalMode,
    PrizeStatus,
    SubmissionStatus,
    TaskStatus,
)
from joust_contracts.vocabulary import WebhookEventType as Kind
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_webhook.deliveries.models import Attempt, Delivery

NOW = datetime(2026, 11, 22, 19, 28, 32, tzinfo=UTC)
EVERYTHING = tuple(kind.value for kind in Kind)


@dataclass
class Scene:
    """Who is there, and what may happen."""

    service: ServiceUnderTest
    owner: Actor = field(default_factory=lambda: an_actor("owner"))
    competitor: Actor = field(default_factory=lambda: an_actor("competitor"))
    stranger: Actor = field(default_factory=lambda: an_actor("stranger"))
    task_id: UUID = field(default_factory=RandomIds().new)
    submission_id: UUID = field(default_factory=RandomIds().new)
    evaluation_id: UUID = field(default_factory=RandomIds().new)
    deal_id: UUID = field(default_factory=RandomIds().new)
    drop_id: UUID = field(default_factory=RandomIds().new)
    competition_id: UUID = field(default_factory=RandomIds().new)

    async def register(self, actor: Actor, url: str, *events: str) -> dict[str, Any]:
        """A new endpoint with its secret; for all types if none is named."""
        answer = await self.service.http.post(
            "/internal/endpoints",
            json={"url": url, "events": events or EVERYTHING},
            headers=self.service.as_actor(actor),
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def ask(self, method: str, endpoint: dict[str, Any], path: str = "", **request: Any) -> Any:
        """A request of the owner about an endpoint."""
        url = f"/internal/endpoints/{endpoint['id']}{path}"
        return await self.service.http.request(
            method, url, headers=self.service.as_actor(self.owner), **request
        )

    async def endpoints(self) -> dict[str, Any]:
        """The owner's list of endpoints."""
        headers = self.service.as_actor(self.owner)
        return dict((await self.service.http.get("/internal/endpoints", headers=headers)).json())

    async def attempt(self) -> None:
        """Make each waiting attempt, once, whether its delay is over or not."""
        await self.service.run_jobs("deliver", also_future=True)

    async def deliveries(self, *actors: Actor) -> list[Delivery]:
        """Deliveries to the actors (the owner and the competitor if none is named), oldest first."""
        accounts = [actor.account_id for actor in actors or (self.owner, self.competitor)]
        async with self.service.database.reading() as session:
            query = select(Delivery).where(col(Delivery.account_id).in_(accounts)).order_by(col(Delivery.id))
            return list(await session.scalars(query))

    async def attempts(self, delivery: Delivery) -> list[Attempt]:
        """The log of a delivery."""
        async with self.service.database.reading() as session:
            query = select(Attempt).where(col(Attempt.delivery_id) == delivery.id)
            return list(await session.scalars(query.order_by(col(Attempt.number))))

    async def waiting_jobs(self, delivery: Delivery) -> list[dict[str, Any]]:
        """Bodies of the jobs that wait for a delivery."""
        jobs = self.service.database.tables.jobs
        async with self.service.database.reading() as session:
            payloads = await session.scalars(select(jobs.c.payload).where(jobs.c.queue == "deliver"))
            bodies = [json.loads(bytes(payload)) for payload in payloads]
        return [body for body in bodies if body["delivery_id"] == str(delivery.id)]

    def task(self, status: TaskStatus) -> TaskSnapshot:
        """The task in a status."""
        return TaskSnapshot(
            id=self.task_id,
            version=2,
            owner_id=self.owner.account_id,
            status=status,
            title="Summarise the log",
            description="",
            category="code",
            input_spec="",
            output_spec="",
            eval_mode=EvalMode.LLM,
            test_weight=0,
            llm_weight=100,
            criteria=(Criterion(name="Clarity", weight=100, position=0),),
            budget_cents=50_000,
            deadline=NOW + timedelta(days=2),
            max_submissions_per_agent=15,
            created_at=NOW,
        )

    def submission(self, status: SubmissionStatus, **changes: Any) -> SubmissionSnapshot:
        """The competitor's submission in a status."""
        fields: dict[str, Any] = {
            "id": self.submission_id,
            "version": 2,
            "task_id": self.task_id,
            "task_owner_id": self.owner.account_id,
            "account_id": self.competitor.account_id,
            "agent_id": self.competitor.agent_id,
            "agent_display_name": "Agent",
            "evaluated": False,
            "iteration": 1,
            "created_at": NOW,
            **changes,
        }
        return SubmissionSnapshot(status=status, **fields)

    def evaluation(self) -> EvaluationCompleted:
        """The judge's word on the submission."""
        return EvaluationCompleted(
            evaluation_id=self.evaluation_id,
            version=3,
            eval_mode=EvalMode.LLM,
            submission=EvaluatedSubmission(
                id=self.submission_id,
                task_id=self.task_id,
                task_owner_id=self.owner.account_id,
                account_id=self.competitor.account_id,
                agent_id=self.competitor.agent_id,
                agent_display_name="Agent",
                iteration=1,
                received_at=NOW,
            ),
            judgement=Judgement(
                final_score=87.5,
                dimensions=(Dimension(criterion_name="Clarity", score=87.5, weight=100, reasoning="Clear."),),
                reasoning="Good.",
                judge="offline",
            ),
            completed_at=NOW,
        )

    def deal(self) -> DealSnapshot:
        """The owner's deal with the competitor."""
        return DealSnapshot(
            id=self.deal_id,
            version=1,
            task_id=self.task_id,
            poster_id=self.owner.account_id,
            agent_account_id=self.competitor.account_id,
            agent_id=self.competitor.agent_id,
            deal_type=DealType.OUTPUT_PURCHASE,
            status=DealStatus.PENDING,
            value_cents=20_000,
            platform_fee_cents=2_000,
            currency="usd",
            created_at=NOW,
        )

    def drop(self, status: DropStatus, **changes: Any) -> DropSnapshot:
        """The owner's drop, in which the competitor has a place."""
        claim = DropClaim(
            id=self.submission_id,
            account_id=self.competitor.account_id,
            agent_id=self.competitor.agent_id,
            state=ClaimState.SUBMITTED,
            expires_at=NOW,
        )
        fields: dict[str, Any] = {
            "id": self.drop_id,
            "version": 2,
            "owner_id": self.owner.account_id,
            "pack": DropPack.ROAST,
            "title": "Three taglines",
            "prompt": "Give me three taglines",
            "price_cents": 100,
            "currency": "usd",
            "time_limit_seconds": 300,
            "max_claims": 5,
            "claims": (claim,),
            "submissions_count": 1,
            "created_at": NOW,
            "updated_at": NOW,
            "closes_at": NOW + timedelta(minutes=5),
            **changes,
        }
        return DropSnapshot(status=status, **fields)

    def drop_events(self) -> dict[str, EventData]:
        """One event of each kind about the drop, by the type of its message."""
        won = DropResult(
            submission_id=self.submission_id,
            account_id=self.competitor.account_id,
            agent_id=self.competitor.agent_id,
            grade=DropGrade.A,
            grade_rationale="It says what it is.",
        )
        failed = self.drop(DropStatus.FAILED, failure_reason="No judge could speak.")
        return {
            "drop.opened": DropOpened(drop=self.drop(DropStatus.OPEN, claims=(), submissions_count=0)),
            "drop.closed": DropClosed(drop=self.drop(DropStatus.RANKING)),
            "drop.verified": DropVerified(drop=self.drop(DropStatus.VERIFIED, result=won)),
            "drop.cancelled": DropCancelled(drop=self.drop(DropStatus.CANCELLED)),
            "drop.failed": DropFailed(drop=failed),
        }

    def competition(self, status: CompetitionStatus, **changes: Any) -> CompetitionSnapshot:
        """The owner's competition."""
        fields: dict[str, Any] = {
            "id": self.competition_id,
            "version": 2,
            "owner_id": self.owner.account_id,
            "title": "A logo",
            "overview": "An SVG.",
            "prize_cents": 50_000,
            "currency": "usd",
            "prize_status": PrizeStatus.HELD,
            "submission_deadline": NOW + timedelta(days=3),
            "winner_deadline": NOW + timedelta(days=10),
            "tags": (),
            "created_at": NOW,
            **changes,
        }
        return CompetitionSnapshot(status=status, **fields)

    def entry(self, **changes: Any) -> CompetitionEntrySnapshot:
        """The competitor takes part in the competition."""
        fields: dict[str, Any] = {
            "id": self.deal_id,
            "version": 1,
            "competition_id": self.competition_id,
            "competition_owner_id": self.owner.account_id,
            "account_id": self.competitor.account_id,
            "agent_id": self.competitor.agent_id,
            "terms_version": "2026-11",
            "joined_at": NOW,
            **changes,
        }
        return CompetitionEntrySnapshot(**fields)

    def work(self, status: DraftStatus = DraftStatus.SUBMITTED) -> CompetitionSubmissionSnapshot:
        """What the competitor handed in to the competition."""
        return CompetitionSubmissionSnapshot(
            id=self.submission_id,
            version=2,
            competition_id=self.competition_id,
            competition_owner_id=self.owner.account_id,
            account_id=self.competitor.account_id,
            agent_id=self.competitor.agent_id,
            agent_display_name="Agent",
            status=status,
            title="Two colours",
            assets_count=1,
            total_bytes=7,
            created_at=NOW,
            submitted_at=NOW,
        )

    def competition_events(self) -> dict[str, EventData]:
        """One event of each kind about the competition that concerns its owner, by the type of its message."""
        won = CompetitionWinner(
            submission_id=self.submission_id,
            account_id=self.competitor.account_id,
            agent_id=self.competitor.agent_id,
        )
        opened = self.competition(CompetitionStatus.OPEN)
        reviewed = self.competition(CompetitionStatus.REVIEWING)
        awarded = self.competition(CompetitionStatus.AWARDED, winner=won)
        expired = self.competition(CompetitionStatus.EXPIRED)
        return {
            "competition.published": CompetitionPublished(competition=opened),
            "competition.updated": CompetitionUpdated(competition=opened),
            "competition.submissions_closed": CompetitionSubmissionsClosed(competition=reviewed),
            "competition.selection_reminded": CompetitionSelectionReminded(competition=reviewed),
            "competition.awarded": CompetitionAwarded(competition=awarded),
            "competition.expired": CompetitionExpired(competition=expired),
        }

    def events_in_competition(self) -> dict[str, EventData]:
        """One event of each kind about who takes part and what is handed in, by the type of its message."""
        taken_back = self.work(DraftStatus.WITHDRAWN)
        return {
            "competition_entry.created": CompetitionEntryCreated(entry=self.entry()),
            "competition_entry.ended": CompetitionEntryEnded(entry=self.entry(version=2, ended_at=NOW)),
            "competition_submission.received": CompetitionSubmissionReceived(submission=self.work()),
            "competition_submission.retracted": CompetitionSubmissionRetracted(submission=taken_back),
            "competition_submission.reviewed": CompetitionSubmissionReviewed(submission=self.work()),
        }

    def announced(self, fact: str, *actors: Actor) -> CompetitionAnnounced:
        """What happened to the competition, for these who take part."""
        happened = self.competition_events()[fact]
        assert isinstance(happened, CompetitionEvent)
        entrants = tuple(actor.account_id for actor in actors)
        return CompetitionAnnounced(competition=happened.competition, fact=fact, entrants=entrants)

    def matched(self, *actors: Actor, batch: int = 1) -> TaskMatched:
        """The task fits these."""
        return TaskMatched(
            matching_id=self.evaluation_id,
            version=batch,
            task=MatchedTask(**self.task(TaskStatus.OPEN).model_dump(include=set(MatchedTask.model_fields))),
            agents=tuple(MatchedAgent(account_id=one.account_id, agent_id=one.agent_id) for one in actors),
        )

    def events(self) -> dict[str, EventData]:
        """One event of each kind that becomes a webhook, by a short name."""
        completed = self.submission(SubmissionStatus.COMPLETED, evaluated=True, final_score=87.5)
        failed = self.submission(SubmissionStatus.FAILED, error_message="The archive is broken.")
        return {
            "published": TaskPublished(task=self.task(TaskStatus.OPEN)),
            "deadline": TaskDeadlinePassed(task=self.task(TaskStatus.EVALUATING)),
            "closed": TaskClosed(task=self.task(TaskStatus.CLOSED)),
            "received": SubmissionReceived(submission=self.submission(SubmissionStatus.RUNNING)),
            "completed": SubmissionCompleted(submission=completed),
            "failed": SubmissionFailed(submission=failed),
            "evaluated": self.evaluation(),
            "deal": DealCreated(deal=self.deal()),
            **self.drop_events(),
            **self.competition_events(),
            **self.events_in_competition(),
        }


@pytest.fixture
async def scene(webhooks: ServiceUnderTest) -> Scene:
    """Actors and ids that no other test knows; what other tests left to be delivered is forgotten."""
    async with webhooks.database.transaction() as unit:
        await unit.session.execute(delete(webhooks.database.tables.jobs))
    return Scene(webhooks)


@pytest.fixture
def an_event() -> Callable[[Scene, str], Event[EventData]]:
    """Makes the event of a short name, told now for the first time."""

    def made(scene: Scene, name: str) -> Event[EventData]:
        data = scene.events()[name]
        return Event[type(data)].of(  # type: ignore[misc]
            data, id=RandomIds().new(), time=scene.service.clock.now()
        )

    return made
