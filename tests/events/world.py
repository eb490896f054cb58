"""One service at a time, which is told what was recorded in whatever order a test wants."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import uuid4

import asyncpg

from joust_contracts.services import ServiceName
from joust_kit.messaging.envelope import Message
from joust_kit.testing.component import ServiceUnderTest
from tests.events.beginnings import write_own_rows
from tests.events.recording import recorded
from tests.support.state import domain_tables, fingerprint

VOLATILE = {
    "task.tasks": ["closed_at", "published_at"],
    "task.competition_entries": ["ended_at"],
    "task.competitions": ["version"],
    "task.drops": ["version", "updated_at", "opened_at", "closes_at"],
    "evaluation.evaluations": ["id", "queued_at", "turn_at", "finished_at"],
    "evaluation.drop_rankings": ["queued_at"],
    "submission.returned_slots": ["returned_at"],
    "submission.drop_entries": ["sealed_at"],
    "webhook.deliveries": ["id", "created_at", "position"],
    "webhook.events": ["position", "logged_at"],
    "ranking.matchings": ["matching_id"],
    "wallet.key_spends": ["day"],
    "wallet.accounts": ["version", "posted_version"],
    # A refund that comes before its request finds nothing held, and gives back nothing; what a payer had left when
    # a hold was rejected is what other holds and payouts had left by then.
    "wallet.escrows": ["version", "created_at", "held_at", "ended_at", "released_cents", "available_cents"],
}
"""Columns that a service fills from its own clock and ids, or by how many steps it came there."""
OF_THE_ORDER = {"evaluation.next_turns", "wallet.transfers", "wallet.postings"}
"""Tables that say who came first, or by which steps it came there, which is no news of anything."""


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
        """What it hears of the recording, each topic in its order."""
        return [
            message
            for message in recorded()
            if message.wire_type in self.service.service.subscriptions.by_type
        ]

    async def reset(self) -> None:
        """Forget everything but what the service itself had decided before others answered."""
        kit = ("inbox", "inbox_retries", "outbox", f"{self.name}_jobs")
        emptied = [f"DELETE FROM {self.name}.{table}" for table in (*domain_tables(self.name), *kit)]
        async with self.admin.transaction():
            # Without triggers, and so without foreign keys: the ledger refuses to be emptied.
            await self.admin.execute("SET LOCAL session_replication_role = replica")
            await self.admin.execute("; ".join(emptied))
        async with self.service.database.transaction() as unit:
            await write_own_rows(self.name, unit)

    async def tell(self, messages: Iterable[Message]) -> None:
        """Deliver one after the other, as the consumer does."""
        for message in messages:
            await self.service.deliver_message(message)

    async def state(self) -> dict[str, str]:
        """A hash of each table, and how many jobs wait."""
        tables = [f"{self.name}.{table}" for table in domain_tables(self.name)]
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


def told_anew(message: Message) -> Message:
    """The same news as another event."""
    return replace(message, headers={**message.headers, "ce_id": str(uuid4())})
