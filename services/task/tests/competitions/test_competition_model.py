"""A competition's life against a model: whatever its creator, entrants, the clock and the wallet do, in any order."""

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

from joust_contracts.events import (
    CompetitionSubmissionReceived,
    CompetitionSubmissionRetracted,
    FundsHeld,
    FundsRejected,
    FundsReleased,
    PayoutMade,
)
from joust_contracts.vocabulary import CompetitionStatus, DraftStatus, EscrowStatus, FundingWish, PrizeStatus
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from joust_task.competitions.timers import Step, take_step
from joust_task.fundings.models import Funding
from services.task.tests.competitions.contest import Contest, escrow, work

Run = Callable[[Coroutine[Any, Any, Any]], Any]

EXAMPLES = 6
STEPS = 30
"""Of each example; a step costs some milliseconds of a real database."""
ENTRANTS = 3
FIRST, SECOND, SHORTEST = 3, 10, 1
"""Days from its draft to its deadlines, and the least that entrants have."""
DRAFT, FUNDING, OPEN = CompetitionStatus.DRAFT, CompetitionStatus.FUNDING, CompetitionStatus.OPEN
REVIEWING, AWARDED = CompetitionStatus.REVIEWING, CompetitionStatus.AWARDED
EXPIRED = CompetitionStatus.EXPIRED
AN_ENTRANT = st.integers(0, ENTRANTS - 1)
WORDS = {EscrowStatus.HELD: FundsHeld, EscrowStatus.REJECTED: FundsRejected}
LAST_WORDS = {
    AWARDED: (EscrowStatus.PAID, PayoutMade, PrizeStatus.PAID),
    EXPIRED: (EscrowStatus.RELEASED, FundsReleased, PrizeStatus.REFUNDED),
}
LAST_WISHES = {AWARDED: FundingWish.PAYOUT, EXPIRED: FundingWish.REFUND}
"""What is wanted of the prize once a competition is over; until then it is to be held."""


class CompetitionMachine(RuleBasedStateMachine):
    """One competition, and three who may enter it."""

    def __init__(self, contest: Contest, run: Run) -> None:
        super().__init__()
        self._contest, self._run = contest, run
        self._creator, self._entrants = an_actor(), [an_actor() for _ in range(ENTRANTS)]
        self._moved = ExitStack()
        self.now = 0.0
        """Days since it was drafted."""
        self.status, self.prize = DRAFT, PrizeStatus.UNASKED
        self.words = 0
        """Of the wallet."""
        self.joined: set[int] = set()
        self.works: dict[int, UUID] = {}

    @initialize()
    def draft(self) -> None:
        self.made = self._run(self._contest.draft(self._creator))
        self.id = self.made["id"]

    def teardown(self) -> None:
        self._moved.close()

    @rule(insists=st.booleans())
    def publish(self, insists: bool) -> None:
        answer = self._run(self._contest.publish(self._creator, self.id, require_funded=insists))
        assert answer.status_code == self._published(insists), answer.text

    @rule()
    def fund(self) -> None:
        answer = self._run(self._contest.ask(self._creator, "POST", f"/{self.id}/fund"))
        may_ask = self.status in {OPEN, REVIEWING} and self.prize is PrizeStatus.REJECTED
        assert answer.status_code == (200 if may_ask else 409), answer.text
        if may_ask:
            self.prize = PrizeStatus.REQUESTED

    @precondition(lambda self: self.prize is PrizeStatus.REQUESTED)
    @rule(word=st.sampled_from(tuple(WORDS)), twice=st.booleans())
    def wallet_answers(self, word: EscrowStatus, twice: bool) -> None:
        self._tell(WORDS[word], word, twice=twice)
        self.prize = PrizeStatus(word.value)
        if self.status is FUNDING:
            self.status = OPEN if word is EscrowStatus.HELD else DRAFT

    @precondition(lambda self: self.status in LAST_WORDS and self.prize is not PrizeStatus.REJECTED)
    @rule()
    def wallet_ends(self) -> None:
        word, event, self.prize = LAST_WORDS[self.status]
        self._tell(event, word)

    @rule(entrant=AN_ENTRANT)
    def join(self, entrant: int) -> None:
        answer = self._run(self._contest.join(self._entrants[entrant], self.id))
        assert answer.status_code == (self._entering() or (409 if entrant in self.joined else 200))
        if answer.status_code == 200:
            self.joined.add(entrant)

    @rule(entrant=AN_ENTRANT)
    def leave(self, entrant: int) -> None:
        """Of those who have work the submission service lets nobody go."""
        if entrant in self.works:
            return
        answer = self._run(self._contest.leave(self._entrants[entrant], self.id))
        hidden = self.status in {DRAFT, FUNDING}
        assert answer.status_code == (404 if hidden else 200 if entrant in self.joined else 409)
        self.joined.discard(entrant)

    @precondition(lambda self: self._entering() is None and self.joined)
    @rule(data=st.data())
    def hand_in_or_take_back(self, data: st.DataObject) -> None:
        entrant = data.draw(st.sampled_from(sorted(self.joined)))
        known = self.works.pop(entrant, None)
        fields = {"id": known or RandomIds().new()}
        if known is None:
            self.works[entrant] = fields["id"]
            told = work(self.made, self._entrants[entrant], **fields)
            self._run(self._contest.tasks.deliver(CompetitionSubmissionReceived(submission=told)))
        else:
            gone = {"version": 3, "status": DraftStatus.WITHDRAWN}
            told = work(self.made, self._entrants[entrant], **fields, **gone)
            self._run(self._contest.tasks.deliver(CompetitionSubmissionRetracted(submission=told)))

    @rule(days=st.sampled_from((0.9, 2.2, 7.1)))
    def wait(self, days: float) -> None:
        self._moved.enter_context(self._contest.tasks.clock.ahead(timedelta(days=days)))
        self.now += days

    @rule(step=st.sampled_from(Step))
    def timer_fires(self, step: Step) -> None:
        """Early, late, and again."""
        self._run(self._step(step))
        if self.status is OPEN and self.now > FIRST:
            self.status = REVIEWING
        if self.status is REVIEWING and self.now > SECOND:
            self.status = EXPIRED

    @rule(entrant=AN_ENTRANT)
    def choose(self, entrant: int) -> None:
        chosen = {"submission_id": str(self.works.get(entrant, RandomIds().new()))}
        answer = self._run(self._contest.ask(self._creator, "POST", f"/{self.id}/winner", chosen))
        assert answer.status_code == self._chosen(entrant), answer.text

    @invariant()
    def is_as_the_model_says(self) -> None:
        view = self._run(self._contest.read(self._creator, self.id))
        shown = (view["status"], view["prize_status"], view["entrants"])
        assert shown == (self.status, self.prize, len(self.joined))

    @invariant()
    def the_prize_is_held_and_then_paid_or_given_back_once(self) -> None:
        wanted = self._run(self._wanted())
        hold = None if self.prize is PrizeStatus.UNASKED else FundingWish.HOLD
        assert wanted == LAST_WISHES.get(self.status, hold)

    # The model

    def _published(self, insists: bool) -> int:
        """The status that publishing is answered with, once it had its effect."""
        then = FUNDING if insists else OPEN
        if self.status is then or self.status not in {DRAFT, FUNDING}:
            return 409
        if self.now + SHORTEST > FIRST:
            return 422
        self.status, self.prize = then, PrizeStatus.REQUESTED
        return 200

    def _entering(self) -> int | None:
        """How who enters or leaves is refused for the state of the competition."""
        if self.status in {DRAFT, FUNDING}:
            return 404
        return 409 if self.status is not OPEN or self.now > FIRST else None

    def _chosen(self, entrant: int) -> int:
        """The status that the choice is answered with, once it had its effect."""
        if self.status is not REVIEWING or self.now > SECOND:
            return 409
        if self.prize is not PrizeStatus.HELD:
            return 402
        if entrant not in self.works:
            return 404
        self.status = AWARDED
        return 200

    def _tell(self, event: type[Any], status: EscrowStatus, *, twice: bool = False) -> None:
        self.words += 1
        more = {"available_cents": 7} if status is EscrowStatus.REJECTED else {}
        for _ in range(1 + twice):
            told = event(escrow=escrow(self.made, status, self.words, **more))
            self._run(self._contest.tasks.deliver(told))

    async def _step(self, step: Step) -> None:
        async with self._contest.tasks.database.transaction() as unit:
            await take_step(unit, UUID(self.id), step)

    async def _wanted(self) -> FundingWish | None:
        query = select(Funding).where(col(Funding.subject_id) == UUID(self.id))
        async with self._contest.tasks.database.reading() as session:
            funding = await session.scalar(query)
        return None if funding is None else funding.wanted


async def test_a_competition_is_always_what_the_model_says(contest: Contest) -> None:
    loop = asyncio.get_running_loop()

    def run(deed: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(deed, loop).result(timeout=60)

    steps = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    # Its rules wait for the loop of the fixtures, so they run beside it.
    await asyncio.to_thread(
        run_state_machine_as_test, lambda: CompetitionMachine(contest, run), settings=steps
    )
