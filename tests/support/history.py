"""What clients asked for and what they were told, for the check that both agree with the tables.

Each write leaves a mark in its effect by which it is found again: a name, a title, an owner.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import asyncpg
import httpx2

from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.stack import Stack


class Outcome(StrEnum):
    """What a client knows after a write."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer came, or one that leaves it open (502, 503, 504)."""


class Kind(StrEnum):
    """What is written."""

    ACCOUNT = "account"
    TASK = "task"
    SUBMISSION = "submission"
    DEPOSIT = "deposit"
    DEAL = "deal"


_EFFECTS = {
    Kind.ACCOUNT: "SELECT display_name FROM gateway.accounts",
    Kind.TASK: "SELECT title FROM task.tasks",
    Kind.SUBMISSION: "SELECT agent_display_name FROM submission.submissions",
    Kind.DEPOSIT: "SELECT owner_id || ' ' || amount_cents FROM wallet.transfers"
    " JOIN wallet.postings ON transfer_id = transfers.id JOIN wallet.accounts ON accounts.id = account_id"
    " WHERE transfers.kind = 'deposit' AND owner_id IS NOT NULL",
    Kind.DEAL: "SELECT task_id || ' ' || value_cents FROM wallet.deals",
}
"""Marks of everything that was written, by kind."""


@dataclass
class Call:
    """One write of a client, with all its retries under one idempotency key."""

    kind: Kind
    mark: str
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    outcome: Outcome = Outcome.UNKNOWN
    error: str = ""


@dataclass
class History:
    """Every write, and what was answered with 2xx."""

    submissions: list[str] = field(default_factory=list)
    deals: list[str] = field(default_factory=list)
    deposited_cents: int = 0
    parties: list[Party] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    """Moments (``time.monotonic``) at which whole bounties came to their end."""

    async def write(self, kind: Kind, mark: str, answer: Awaitable[Json]) -> Json:
        """Log a write from its start to its end. Raises what the client raised."""
        call = Call(kind, mark)
        self.calls.append(call)
        try:
            body = await answer
        except (Refused, httpx2.TransportError) as error:
            refused = isinstance(error, Refused) and error.status < 500
            call.outcome, call.error = Outcome.REFUSED if refused else Outcome.UNKNOWN, repr(error)
            raise
        else:
            call.outcome = Outcome.OK
        finally:
            call.ended = time.monotonic()
        return body

    async def attempt(self, kind: Kind, mark: str, answer: Awaitable[Json]) -> Json | None:
        """As ``write``, for what may fail: ``None`` if it was refused or nobody answered."""
        try:
            return await self.write(kind, mark, answer)
        except (Refused, httpx2.TransportError):
            return None

    def counts(self) -> Mapping[Outcome, int]:
        """How many writes ended how."""
        return Counter(call.outcome for call in self.calls)


def broken_promises(calls: list[Call], found: Mapping[Kind, Mapping[str, int]]) -> list[str]:
    """Writes whose effect is not there as often as their outcome allows; ``found`` counts marks."""
    allowed = {Outcome.OK: {1}, Outcome.REFUSED: {0}, Outcome.UNKNOWN: {0, 1}}
    return [
        f"{call.kind} {call.mark!r} was {call.outcome} and is there {times} times"
        for call in calls
        if (times := found[call.kind].get(call.mark, 0)) not in allowed[call.outcome]
    ]


async def writes_are_there_as_told(stack: Stack, history: History) -> None:
    """Fails unless what was acknowledged is there once, what was refused is not, the rest at most once."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        found = {kind: Counter(row[0] for row in await admin.fetch(_EFFECTS[kind])) for kind in Kind}
    finally:
        await admin.close()
    marks = Counter((call.kind, call.mark) for call in history.calls)
    assert [mark for mark, times in marks.items() if times > 1] == [], "marks tell writes apart"
    assert broken_promises(history.calls, found) == []


async def each_at_once(*answers: Awaitable[Json | None]) -> list[Json]:
    """What came of writes that were made at the same time, without those that failed."""
    return [answer for answer in await asyncio.gather(*answers) if answer is not None]
