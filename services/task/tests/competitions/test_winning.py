"""The creator chooses the winner, once, between the two deadlines; the prize goes to the winner."""

import asyncio
from typing import Any

from joust_contracts.events import (
    CompetitionAwarded,
    CompetitionSubmissionRetracted,
    PayoutMade,
    TaskPayoutRequested,
)
from joust_contracts.vocabulary import DraftStatus, EscrowStatus
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.task.tests.competitions.contest import Contest, code_of, escrow, held, received, work

DAYS = 3.5
"""After the submission deadline."""


class Reviewed:
    """A competition with one piece of work, whose submissions are over."""

    def __init__(self, contest: Contest, owner: Actor, competition: dict[str, Any], entrant: Actor) -> None:
        self.contest, self.owner, self.entrant = contest, owner, entrant
        self.competition = competition
        self.received = received(competition, entrant)

    @classmethod
    async def of(cls, contest: Contest, *, funded: bool = True) -> "Reviewed":
        owner, entrant = an_actor(), an_actor()
        opened = await contest.opened(owner)
        await contest.join(entrant, opened["id"])
        made = cls(contest, owner, opened, entrant)
        await contest.tasks.deliver(made.received)
        if funded:
            await contest.tasks.deliver(held(opened))
        with contest.in_days(DAYS):
            await contest.let_time_pass()
        return made

    async def choose(self, actor: Actor | None = None, submission_id: Any = None) -> Any:
        body = {"submission_id": str(submission_id or self.received.submission.id)}
        path = f"/{self.competition['id']}/winner"
        return await self.contest.ask(actor or self.owner, "POST", path, body)


async def test_who_is_chosen_is_told_and_paid_the_whole_prize_once(contest: Contest) -> None:
    review = await Reviewed.of(contest)
    answers = await asyncio.gather(*(review.choose() for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert {code_of(answer)[1] for answer in answers} == {"", "INVALID_TRANSITION"}
    told = await contest.told_of(review.competition["id"])
    (awarded,) = (each for each in told if isinstance(each, CompetitionAwarded))
    (due,) = (each for each in told if isinstance(each, TaskPayoutRequested))
    assert awarded.competition.winner is not None
    assert awarded.competition.winner.account_id == review.entrant.account_id
    (payee,) = due.funding.payees
    assert (payee.account_id, payee.share_bps) == (review.entrant.account_id, 10_000)
    await contest.tasks.deliver(PayoutMade(escrow=escrow(review.competition, EscrowStatus.PAID, 2)))
    over = await contest.read(an_actor(), review.competition["id"])
    assert (over["status"], over["prize_status"]) == ("awarded", "paid")


async def test_nobody_is_chosen_before_submissions_are_over(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    await contest.tasks.deliver(held(opened))
    handed_in = received(opened, an_actor())
    await contest.tasks.deliver(handed_in)
    review = Reviewed(contest, owner, opened, an_actor())
    assert code_of(await review.choose(submission_id=handed_in.submission.id)) == (409, "INVALID_TRANSITION")


async def test_only_the_creator_chooses_and_only_work_of_the_competition_that_is_there(
    contest: Contest,
) -> None:
    review, other = await Reviewed.of(contest), await Reviewed.of(contest)
    assert code_of(await review.choose(review.entrant)) == (403, "FORBIDDEN")
    for id in (RandomIds().new(), other.received.submission.id):
        assert code_of(await review.choose(submission_id=id)) == (404, "NOT_FOUND")
    gone = {"status": DraftStatus.WITHDRAWN, "version": 3, "id": review.received.submission.id}
    retracted = work(review.competition, review.entrant, **gone)
    await contest.tasks.deliver(CompetitionSubmissionRetracted(submission=retracted))
    assert code_of(await review.choose()) == (404, "NOT_FOUND")


async def test_nobody_wins_a_prize_that_is_not_there(contest: Contest) -> None:
    review = await Reviewed.of(contest, funded=False)
    assert code_of(await review.choose()) == (402, "PAYMENT_REQUIRED")
    await contest.tasks.deliver(held(review.competition))
    assert (await review.choose()).status_code == 200


async def test_after_the_second_deadline_nobody_is_chosen(contest: Contest) -> None:
    review = await Reviewed.of(contest)
    with contest.in_days(10.1):
        assert code_of(await review.choose()) == (409, "INVALID_TRANSITION"), "its timer is late"
        await contest.expire(review.competition["id"])
    assert code_of(await review.choose()) == (409, "INVALID_TRANSITION")
