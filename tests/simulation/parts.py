"""The parts of services that are neither database nor bus: storage, judge, receiver of webhooks, time, ids."""

import asyncio
import json
import random
from collections.abc import AsyncIterable, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from joust_contracts.vocabulary import AttemptError
from joust_evaluation.judges.base import JudgeIdentity, JudgeRequest, JudgeUnavailable, Verdict
from joust_evaluation.judges.offline import OfflineJudge
from joust_kit.errors import Unavailable
from joust_kit.storage import StoredObject
from joust_kit.testing.memory_store import MemoryStore
from joust_wallet.withdrawals.providers import REFUSED_ACCOUNT, Outcome, Paid, PayoutOrder, Refused, Sent
from joust_webhook.deliveries.sender import Answer
from tests.simulation.scheduler import Scheduler


class VirtualClock:
    """The scheduler's time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> datetime:
        """Virtual time."""
        return self._scheduler.now


class VirtualIds:
    """UUIDv7 of virtual time, the same in each run of a seed."""

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        self._scheduler = scheduler
        self._chance = random.Random(f"ids {seed}")

    def new(self) -> UUID:
        """The next id."""
        milliseconds = int(self._scheduler.now.timestamp() * 1000)
        tail = self._chance.getrandbits(62)
        return UUID(int=milliseconds << 80 | 7 << 76 | self._chance.getrandbits(12) << 64 | 2 << 62 | tail)


class SimulatedStore(MemoryStore):
    """Objects in memory, that can be out of reach."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__(VirtualClock(scheduler))
        self._scheduler = scheduler

    async def put(
        self, key: str, body: AsyncIterable[bytes], *, size_bytes: int, content_type: str
    ) -> StoredObject:
        """Written, or not, or written without being told so."""
        await self._reach(f"put {size_bytes} bytes")
        stored = await super().put(key, body, size_bytes=size_bytes, content_type=content_type)
        await self._reach("stored")
        return stored

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """As in memory, if it can be reached."""
        await self._reach("open an object")
        async with super().open(key) as chunks:
            yield chunks

    async def size_of(self, key: str) -> int:
        """As in memory, if it can be reached."""
        await self._reach("size of an object")
        return await super().size_of(key)

    async def copy(self, source_key: str, key: str, *, content_type: str | None = None) -> None:
        """Copied, or not, or copied without being told so."""
        await self._reach("copy an object")
        await super().copy(source_key, key, content_type=content_type)
        await self._reach("copied")

    async def delete(self, key: str) -> None:
        """As in memory, if it can be reached."""
        await self._reach("delete an object")
        await super().delete(key)

    def lay(self, key: str, content: bytes) -> None:
        """As a client would put it, past all services."""
        self.objects[key] = content
        self.modified_at[key] = self._scheduler.now

    async def _reach(self, what: str) -> None:
        await self._scheduler.point(f"store: {what}")
        if self._scheduler.faults.hit(self._scheduler.faults.store):
            raise Unavailable("Storage does not answer right now.")


class SimulatedJudge:
    """The offline judge, that can be slow or fail."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._judge = OfflineJudge()

    @property
    def identity(self) -> JudgeIdentity:
        """Of the judge that speaks."""
        return self._judge.identity

    async def judge(self, request: JudgeRequest) -> Verdict:
        """Its verdict, some time later."""
        await self._scheduler.point("judge")
        faults = self._scheduler.faults
        if faults.hit(faults.judge):
            await asyncio.sleep(faults.seconds(0.01, 60))
        if faults.hit(faults.judge):
            raise JudgeUnavailable("The judge has a bad day.")
        return await self._judge.judge(request)


class SimulatedRail:
    """The payout provider, which may be down or answer too late, and pays nothing twice under one key."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.sent: dict[str, int] = {}
        """Cents by key."""

    async def send(self, order: PayoutOrder) -> Outcome:
        """Sent, refused, or nobody can tell."""
        await self._scheduler.point("payout asked for")
        faults = self._scheduler.faults
        fails = faults.hit(faults.webhook)
        if fails and faults.chance.random() < 0.5:
            raise ConnectionResetError(order.idempotency_key)
        is_refused = order.destination.address == REFUSED_ACCOUNT
        if not is_refused:
            self.sent.setdefault(order.idempotency_key, order.amount_cents)
        await self._scheduler.point("payout answered")
        if fails:
            raise TimeoutError
        if is_refused:
            return Refused("The account is closed.")
        return Paid(f"ref_{order.idempotency_key}")

    async def sent_since(self, moment: datetime) -> Sequence[Sent]:
        """Nobody asks here."""
        raise NotImplementedError


@dataclass
class Receiver:
    """The posters' servers: what they got, and what they answered."""

    accepted: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    """What the poster's own judge was asked."""


class SimulatedSender:
    """Sends webhooks to the receiver, which may be down or answer too late."""

    def __init__(self, scheduler: Scheduler, receiver: Receiver) -> None:
        self._scheduler = scheduler
        self._receiver = receiver

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> Answer:
        """One attempt."""
        await self._scheduler.point("webhook sent")
        faults = self._scheduler.faults
        fails = faults.hit(faults.webhook)
        if fails and faults.chance.random() < 0.5:
            return Answer(500, None, 1)
        message = json.loads(body)
        if message.get("event") == "external_eval_request":
            self._receiver.asked.append(message)
        else:
            self._receiver.accepted.append(message)
            self._receiver.ids.append(headers["webhook-id"])
        await self._scheduler.point("webhook answered")
        if fails:
            return Answer(None, AttemptError.TIMEOUT, 15_000)
        return Answer(200, None, 1)
