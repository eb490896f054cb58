"""One service at a time, which is told the recorded bounty in whatever order a test wants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from joust_contracts.events import (
    SubmissionReceived,
    SubmissionReEvalRequested,
    TaskDeadlinePassed,
    TaskPublished,
)
from joust_contracts.events.base import EventData
from joust_contracts.events.submissions import SubmissionEvent
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import WebhookEventType
from joust_kit.messaging.envelope import Message, decode
from joust_kit.testing.component import ServiceUnderTest
from joust_submission.submissions.models import Submission
from joust_task.tasks.models import Task
from joust_webhook.endpoints.models import Endpoint
from tests.events.recording import recorded
from tests.support.state import domain_tables, fingerprint

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)

VOLATILE = {
    "task.tasks": ["closed_at"],
    "evaluation.evaluations": ["id", "queued_at", "turn_at", "finished_at"],
    "submission.returned_slots": ["returned_at"],
    "webhook.deliveries": ["id", "created_at", "position"],
    "webhook.events": ["position", "logged_at"],
    "ranking.matchings": ["matching_id"],
}
"""Columns that a service fills from its own clock and ids."""
OF_THE_ORDER = {"evaluation.next_turns"}
"""Tables that say who came first, which is no news of anything."""


@dataclass(frozen=True)
class Listener:
    """A service that hears events; ``reset`` takes it back to before the first one."""

    service: ServiceUnderTest
    admin: asyncpg.Connection

    @property
    def name(self) -> ServiceName:
        """Which one it is."""
        return self.service.service.name

    @property
    def messages(self) -> list[Message]:
        """What it hears of the bounty, each topic in its order."""
        return [
            message
            for message in recorded()
            if message.wire_type in self.service.service.subscriptions.by_type
        ]

    async def reset(self) -> None:
        """Forget everything but what the service itself had decided before others answered."""
        kit = ("inbox", "inbox_retries", "outbox", f"{self.name}_jobs")
        tables = ", ".join(f"{self.name}.{table}" for table in (*self._tables(), *kit))
        await self.admin.execute(f"TRUNCATE {tables} CASCADE")
        async with self.service.database.transaction() as unit:
            unit.session.add_all(_own_rows(self.name))

    async def tell(self, messages: Iterable[Message]) -> None:
        """Deliver one after the other, as the consumer does."""
        for message in messages:
            await self.service.deliver_message(message)

    async def state(self) -> dict[str, str]:
        """A hash of each table, and how many jobs wait."""
        tables = [f"{self.name}.{table}" for table in self._tables()]
        tables = [table for table in tables if table not in OF_THE_ORDER]
        hashes = {table: await fingerprint(self.admin, table, VOLATILE.get(table, ())) for table in tables}
        jobs = await self.admin.fetch(
            f"SELECT queue, count(*) FROM {self.name}.{self.name}_jobs GROUP BY queue"
        )
        return hashes | {f"jobs in {row[0]}": str(row[1]) for row in jobs}

    async def state_after(self, messages: Sequence[Message]) -> dict[str, str]:
        """The state once these were told, and nothing else."""
        await self.reset()
        await self.tell(messages)
        return await self.state()

    def _tables(self) -> Sequence[str]:
        # The ledger refuses to be emptied, and no event moves money.
        return (
            self.service.service.projections if self.name is ServiceName.WALLET else domain_tables(self.name)
        )


def told_anew(message: Message) -> Message:
    """The same news as another event."""
    return replace(message, headers={**message.headers, "ce_id": str(uuid4())})


def _own_rows(name: ServiceName) -> list[Any]:
    match name:
        case ServiceName.TASK:
            # The newest state before the ranking's answer.
            tasks = {data.task.id: data.task for data in _data(TaskPublished)}
            tasks |= {data.task.id: data.task for data in _data(TaskDeadlinePassed)}
            return [Task.model_validate(task.model_dump(mode="json")) for task in tasks.values()]
        case ServiceName.SUBMISSION:
            begun = {data.submission.id: data for data in _data(SubmissionReceived)}
            begun |= {data.submission.id: data for data in _data(SubmissionReEvalRequested)}
            return [_submission(data) for data in begun.values()]
        case ServiceName.WEBHOOK:
            owners = {data.submission.task_owner_id for data in _data(SubmissionReceived)}
            agents = {data.submission.account_id for data in _data(SubmissionReceived)}
            return [_endpoint(account) for account in sorted(owners | agents)]
        case _:
            return []


def _submission(data: SubmissionEvent) -> Submission:
    fields = data.submission.model_dump(mode="json", exclude={"final_score"})
    asked_at = LONG_AGO if data.submission.iteration > 1 else None
    return Submission.model_validate({**fields, "re_eval_requested_at": asked_at})


def _endpoint(account: UUID) -> Endpoint:
    return Endpoint(
        id=account,
        account_id=account,
        url="https://example.com/",
        events=[kind.value for kind in WebhookEventType],
        secret_encrypted=b"secret",
        created_at=LONG_AGO,
    )


def _data(kind: type[EventData]) -> list[Any]:
    return [decode(message).data for message in recorded() if message.wire_type == kind.wire_type()]
