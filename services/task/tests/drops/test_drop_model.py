"""A drop's life against a model: whatever agents, the clock, the wallet and the judge do, in any order."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlmodel import col

from joust_contracts.vocabulary import ClaimState, DropStatus, FundingWish
from joust_kit.testing.component import an_actor
from joust_task.drops import ending
from joust_task.fundings.models import Funding
from services.task.tests.drops.dropping import Drops, actors

Run = Callable[[Coroutine[Any, Any, Any]], Any]

EXAMPLES = 8
STEPS = 30
"""Of each example; a step costs some milliseconds of a real database."""
PLACES = 5
AGENTS = 7
LIFETIME, GRACE = 300, 5
ACTIVE, SUBMITTED, EXPIRED = ClaimState.ACTIVE, ClaimState.SUBMITTED, ClaimState.EXPIRED
OPEN, RANKING = DropStatus.OPEN, DropStatus.RANKING
AN_AGENT = st.integers(0, AGENTS - 1)
LAST_WISHES = {
    DropStatus.VERIFIED: FundingWish.PAYOUT,
    DropStatus.CANCELLED: FundingWish.REFUND,
    DropStatus.FAILED: FundingWish.REFUND,
}
"""What is wanted of the money once a drop is over; until then it is to be held."""


class DropMachine(RuleBasedStateMachine):
    """One drop with five places, and seven agents."""

    def __init__(self, drops: Drops, run: Run) -> None:
        super().__init__()
        self._drops, self._run = drops, run
        self._sender, self._agents = an_actor(), actors(AGENTS)
        self._moved = ExitStack()
        self.now = 0
        """Seconds since it opened."""
        self.status = OPEN
        self.is_ending = self.is_sealed = False
        self.states: dict[int, ClaimState] = {}
        self.expires: dict[int, int] = {}

    @initialize(minutes=st.sampled_from((4, 20)))
    def open(self, minutes: int) -> None:
        self.closes = minutes * 60
        self.id = self._run(self._drops.open(self._sender, time_limit_seconds=self.closes))

    def teardown(self) -> None:
        self._moved.close()

    @rule(agent=AN_AGENT)
    def claim(self, agent: int) -> None:
        answer = self._run(self._drops.claim(self._agents[agent], self.id))
        assert answer.status_code == self._claimed(agent), answer.text

    @precondition(lambda self: self.status in {OPEN, RANKING} and not self.is_sealed and self._where(ACTIVE))
    @rule(data=st.data(), twice=st.booleans())
    def submit(self, data: st.DataObject, twice: bool) -> None:
        agent = data.draw(st.sampled_from(self._where(ACTIVE)))
        self.states[agent] = SUBMITTED
        for _ in range(1 + twice):
            self._run(self._drops.submitted(self._agents[agent], self.id, len(self._where(SUBMITTED))))
        if self.status is OPEN and (len(self._where(SUBMITTED)) == PLACES or self._is_idle()):
            self.status = RANKING

    @rule(seconds=st.sampled_from((20, 200, 310)))
    def wait(self, seconds: int) -> None:
        self._moved.enter_context(self._drops.service.clock.ahead(timedelta(seconds=seconds)))
        self.now += seconds

    @rule()
    def claims_expire(self) -> None:
        self._run(self._ended_by_time(expiry=True))
        due = [agent for agent in self._where(ACTIVE) if self.expires[agent] + GRACE <= self.now]
        if self.status is not OPEN:
            return
        self.states |= dict.fromkeys(due, EXPIRED)
        if due and self._is_idle():
            self.status = RANKING

    @rule()
    def clock_runs_out(self) -> None:
        self._run(self._ended_by_time(expiry=False))
        if self.status is OPEN and self.closes <= self.now:
            self.status = RANKING

    @rule()
    def cancel(self) -> None:
        answer = self._run(self._drops.ask(self._sender, "POST", f"/{self.id}/cancel"))
        assert answer.status_code == (200 if self.status is OPEN else 400), answer.text
        if self.status is not OPEN:
            return
        if not self.states:
            self.status = DropStatus.CANCELLED
        elif not self.is_ending:
            self.is_ending = True
            self.status = RANKING if self._is_idle() else OPEN

    @precondition(lambda self: self.status is RANKING)
    @rule()
    def seal(self) -> None:
        agents = [self._agents[agent] for agent in self._where(SUBMITTED)]
        self._run(self._drops.sealed(self.id, *agents))
        self.is_sealed = True
        if not agents:
            self.status = DropStatus.CANCELLED if self.is_ending else DropStatus.FAILED

    @precondition(lambda self: self.is_sealed and self._where(SUBMITTED))
    @rule(is_ranked=st.booleans())
    def judge(self, is_ranked: bool) -> None:
        """Also again, and after another result: the first one stands."""
        agents = [self._agents[agent] for agent in self._where(SUBMITTED)]
        self._run(self._drops.ranked(self.id, *agents) if is_ranked else self._drops.not_ranked(self.id))
        if self.status is RANKING:
            self.status = DropStatus.VERIFIED if is_ranked else DropStatus.FAILED

    @invariant()
    def is_as_the_model_says(self) -> None:
        view = self._run(self._drops.ask(self._sender, "GET", f"/{self.id}")).json()
        taken = len(self._where(ACTIVE)) + len(self._where(SUBMITTED))
        shown = (view["drop"]["status"], view["claims_count"], view["drop"]["submissions_count"])
        assert shown == (self.status, taken, len(self._where(SUBMITTED)))
        assert taken <= PLACES

    @invariant()
    def money_is_held_and_then_paid_or_given_back_once(self) -> None:
        wanted, version = self._run(self._wanted())
        last = LAST_WISHES.get(self.status)
        assert (wanted, version) == ((FundingWish.HOLD, 1) if last is None else (last, 2))

    # The model

    def _where(self, state: ClaimState) -> list[int]:
        return [agent for agent, each in self.states.items() if each is state]

    def _is_idle(self) -> bool:
        return self.is_ending and not self._where(ACTIVE)

    def _claimed(self, agent: int) -> int:
        """The status that a claim is answered with, once it had its effect."""
        state = self.states.get(agent)
        if self.status is not OPEN and state is None:
            return 404
        if self.status is not OPEN or self.closes <= self.now:
            return 409
        if state is SUBMITTED or (state is ACTIVE and self.is_ending):
            return 201
        if state is not ACTIVE and (
            self.is_ending or len(self._where(ACTIVE)) + len(self._where(SUBMITTED)) == PLACES
        ):
            return 409
        self.states[agent] = ACTIVE
        self.expires[agent] = min(self.now + LIFETIME, self.closes)
        return 201

    async def _wanted(self) -> tuple[FundingWish, int]:
        """What is asked of the wallet now, and how often it was asked."""
        query = select(Funding).where(col(Funding.subject_id) == UUID(self.id))
        async with self._drops.service.database.reading() as session:
            funding = (await session.scalars(query)).one()
        return funding.wanted, funding.version

    async def _ended_by_time(self, *, expiry: bool) -> None:
        """What the timers do, at a moment that this test chooses."""
        async with self._drops.service.database.transaction() as unit:
            if expiry:
                await ending.expire_when_due(unit, UUID(self.id), timedelta(seconds=GRACE))
            else:
                await ending.close_when_due(unit, UUID(self.id))


async def test_a_drop_is_always_what_the_model_says(drops: Drops) -> None:
    loop = asyncio.get_running_loop()

    def run(work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=60)

    steps = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    # Its rules wait for the loop of the fixtures, so they run beside it.
    await asyncio.to_thread(run_state_machine_as_test, lambda: DropMachine(drops, run), settings=steps)
