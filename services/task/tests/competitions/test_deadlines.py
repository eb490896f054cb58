"""Two deadlines: the first ends submissions, the second ends the wait for a winner and gives the prize back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from joust_contracts.events import (
    CompetitionAnnounced,
    CompetitionEntryCreated,
    CompetitionExpired,
    CompetitionPublished,
    CompetitionSelectionReminded,
    CompetitionSubmissionsClosed,
    CompetitionUpdated,
    TaskFundingRequested,
    TaskRefundRequested,
)
from joust_contracts.vocabulary import CompetitionStatus, RefundReason
from joust_kit.testing.component import an_actor
from joust_task.competitions.errors import InvalidCompetitionTransition
from joust_task.competitions.rules import TRANSITIONS, check_transition, reminder_at
from services.task.tests.competitions.contest import Contest, code_of, held, received, released


async def test_a_competition_goes_through_its_deadlines_and_its_prize_goes_back(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    id = opened["id"]
    await contest.join(an_actor(), id)
    await contest.tasks.deliver(held(opened))
    with contest.in_days(3.1):
        await contest.let_time_pass()
        assert (await contest.read(an_actor(), id))["status"] == "reviewing"
    # All its timers ran; those that came too early did nothing.
    await _expect_only(contest, id, CompetitionSubmissionsClosed)


async def _expect_only(contest: Contest, id: str, last: type[Any]) -> None:
    told = [type(each) for each in await contest.told_of(id)]
    assert told == [
        TaskFundingRequested,
        CompetitionPublished,
        CompetitionEntryCreated,
        CompetitionUpdated,
        CompetitionAnnounced,
        last,
        CompetitionAnnounced,
    ]


@pytest.mark.parametrize(
    ("handed_in", "reason"), [(False, RefundReason.NO_SUBMISSIONS), (True, RefundReason.NO_WINNER)]
)
async def test_without_a_winner_in_time_the_prize_is_asked_back_once(
    contest: Contest, handed_in: bool, reason: RefundReason
) -> None:
    opened = await contest.opened(an_actor())
    if handed_in:
        await contest.tasks.deliver(received(opened, an_actor()))
    await contest.tasks.deliver(held(opened))
    with contest.in_days(10.1):
        await contest.let_time_pass()
    told = await contest.told_of(opened["id"])
    kinds = [type(each) for each in told][-3:]
    assert kinds == [CompetitionSubmissionsClosed, CompetitionExpired, TaskRefundRequested]
    assert isinstance(told[-1], TaskRefundRequested)
    assert told[-1].funding.refund_reason is reason
    await contest.tasks.deliver(released(opened))
    over = await contest.read(an_actor(), opened["id"])
    assert (over["status"], over["prize_status"]) == ("expired", "refunded")
    assert over["ended_at"] is not None


async def test_the_creator_is_reminded_once_a_day_before_the_end(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    with contest.in_days(9.5):
        await contest.let_time_pass()
    told = [type(each) for each in await contest.told_of(opened["id"])]
    assert told.count(CompetitionSelectionReminded) == 1
    assert (await contest.read(an_actor(), opened["id"]))["status"] == "reviewing"


async def test_after_the_first_deadline_nobody_joins_though_its_timer_is_late(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    with contest.in_days(3.1):
        assert code_of(await contest.join(an_actor(), opened["id"])) == (409, "DEADLINE_PASSED")


@pytest.mark.parametrize("now", CompetitionStatus)
@pytest.mark.parametrize("then", CompetitionStatus)
def test_what_the_table_does_not_allow_is_refused(now: CompetitionStatus, then: CompetitionStatus) -> None:
    if then in TRANSITIONS[now]:
        check_transition(now, then)
        return
    with pytest.raises(InvalidCompetitionTransition):
        check_transition(now, then)


def test_the_reminder_comes_within_the_review_however_short_it_is() -> None:
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    assert reminder_at(begin, begin + timedelta(days=7)) == begin + timedelta(days=6)
    for hours in (1, 24, 48):
        end = begin + timedelta(hours=hours)
        assert begin < reminder_at(begin, end) < end
