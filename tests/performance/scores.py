"""Scores told to the ranking service's own inbox, in this process and on the stack's database.

What it tells leaves by the outbox that the service of the stack relays. Kafka is not on the way in, so that no
other service hears of submissions that nobody made.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import md5
from random import Random
from uuid import UUID

from joust_contracts.events import EvaluationCompleted, Event
from joust_contracts.events.evaluations import EvaluatedSubmission, Judgement
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode
from joust_embedded.stack import Stack
from joust_kit.clock import SystemClock
from joust_kit.ids import RandomIds
from joust_kit.messaging.inbox import Inbox, Outcome
from joust_kit.testing.component import message_from
from tests.support.services import database_of, service_of

new_id = RandomIds().new


class Scores:
    """Tells scores in one task, one after another, and remembers how many."""

    def __init__(self, inbox: Inbox, task_id: UUID, owner_id: UUID) -> None:
        self._inbox = inbox
        self._task_id = task_id
        self._owner_id = owner_id
        self._chance = Random(task_id.int)
        self.told: Counter[UUID] = Counter()
        """By account."""

    async def tell(self, accounts: int, *, rising: bool = False) -> None:
        """A score of a new submission of one of so many accounts; returns once it is stored.

        ``rising``: better than all before, so that it changes the leaderboard.
        """
        account = account_number(self._chance.randint(1, accounts))
        submission = EvaluatedSubmission(
            id=new_id(),
            task_id=self._task_id,
            task_owner_id=self._owner_id,
            account_id=account,
            agent_id=account,
            agent_display_name="Agent",
            iteration=1,
            received_at=SystemClock().now(),
        )
        score = (self.told.total() if rising else self._chance.randint(0, 10_000)) / 100
        completed = EvaluationCompleted(
            evaluation_id=new_id(),
            version=1,
            eval_mode=EvalMode.LLM,
            submission=submission,
            judgement=Judgement(
                final_score=score, llm_score=score, dimensions=(), reasoning="", judge="bench"
            ),
            completed_at=submission.received_at,
        )
        event = Event[EvaluationCompleted].of(completed, id=new_id(), time=submission.received_at)
        outcome = await self._inbox.handle_message(message_from(event), timeout_seconds=30)
        assert outcome is Outcome.HANDLED
        self.told[account] += 1


@asynccontextmanager
async def scoring(stack: Stack, task_id: str, owner_id: str) -> AsyncIterator[Scores]:
    """Scores in a task of the stack."""
    service = service_of(stack, ServiceName.RANKING)
    async with database_of(service) as database:
        yield Scores(Inbox(database, service.subscriptions), UUID(task_id), UUID(owner_id))


def account_number(number: int) -> UUID:
    """The same as ``md5('account ' || number)::uuid`` in SQL."""
    return UUID(md5(f"account {number}".encode(), usedforsecurity=False).hexdigest())
