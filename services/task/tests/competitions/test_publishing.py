"""Publishing: the terms are accepted, the prize is asked for, and what the wallet says is noted."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import select
from sqlmodel import col

from joust_contracts.events import (
    CompetitionPublished,
    CompetitionUpdated,
    TaskFundingRequested,
    TaskRefundRequested,
)
from joust_contracts.spending import Spender
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.competitions.models import TermsAcceptance
from services.task.tests.competitions.contest import Contest, code_of, held, rejected


async def test_without_a_word_on_the_terms_nothing_is_published(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    for body in ({"terms_accepted": False}, {}, {"terms_accepted": "yes"}):
        answer = await contest.ask(owner, "POST", f"/{draft['id']}/publish", body)
        assert code_of(answer) == (422, "VALIDATION_ERROR")
        assert "terms_accepted" in answer.json()["error"]["details"]
    assert (await contest.read(owner, draft["id"]))["status"] == "draft"


async def test_who_accepted_which_terms_and_when_is_kept(contest: Contest, tasks: ServiceUnderTest) -> None:
    owner, entrant = an_actor(), an_actor()
    before = datetime.now(UTC)
    opened = await contest.opened(owner)
    await contest.join(entrant, opened["id"])
    async with tasks.database.reading() as session:
        of_it = select(TermsAcceptance).where(col(TermsAcceptance.competition_id) == opened["id"])
        kept = (await session.scalars(of_it.order_by(col(TermsAcceptance.accepted_at)))).all()
    assert [(row.account_id, row.deed, row.terms_version) for row in kept] == [
        (owner.account_id, "publish", "2026-11"),
        (entrant.account_id, "join", "2026-11"),
    ]
    assert all(before <= row.accepted_at for row in kept)


async def test_a_competition_opens_and_its_prize_is_asked_for(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    assert (opened["status"], opened["prize_status"]) == ("open", "requested")
    kinds = [type(each) for each in await contest.told_of(opened["id"])]
    assert kinds == [TaskFundingRequested, CompetitionPublished]
    (asked,) = await contest.asked_for_prize(opened["id"])
    assert (asked.funding.payer_id, asked.funding.amount_cents) == (owner.account_id, 50_000)


async def test_the_wallet_is_told_by_which_capped_key_a_prize_is_asked_for(contest: Contest) -> None:
    spender = Spender(key_id=RandomIds().new(), daily_cap_cents=500)
    owner = an_actor()
    opened = await contest.opened(replace(owner, spender=spender))
    await contest.tasks.deliver(rejected(opened))
    await contest.ask(owner, "POST", f"/{opened['id']}/fund")
    asked = await contest.asked_for_prize(opened["id"])
    assert [each.funding.spender for each in asked] == [spender, None]


async def test_the_wallets_word_is_noted_once_and_an_older_one_not_at_all(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    for word in (held(opened, 2), held(opened, 2), rejected(opened, 1)):
        await contest.tasks.deliver(word)
    funded = await contest.read(an_actor(), opened["id"])
    assert (funded["status"], funded["prize_status"]) == ("open", "held")
    told = [each for each in await contest.told_of(opened["id"]) if isinstance(each, CompetitionUpdated)]
    assert [each.competition.prize_status for each in told] == ["held"]


async def test_a_prize_that_is_not_covered_leaves_the_competition_open_and_is_asked_for_again(
    contest: Contest,
) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    fund = f"/{opened['id']}/fund"
    assert code_of(await contest.ask(owner, "POST", fund)) == (409, "CONFLICT")
    await contest.tasks.deliver(rejected(opened))
    short = await contest.read(owner, opened["id"])
    assert (short["status"], short["prize_status"], short["available_cents"]) == ("open", "rejected", 7)
    assert code_of(await contest.ask(an_actor(), "POST", fund)) == (403, "FORBIDDEN")
    answers = await asyncio.gather(*(contest.ask(owner, "POST", fund) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409]
    asked = await contest.asked_for_prize(opened["id"])
    assert [each.funding.version for each in asked] == [1, 2]
    await contest.tasks.deliver(held(opened, 2))
    assert (await contest.read(owner, opened["id"]))["prize_status"] == "held"


async def test_who_insists_on_the_prize_has_a_competition_only_once_it_is_held(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    waiting = (await contest.publish(owner, draft["id"], require_funded=True)).json()
    assert (waiting["status"], waiting["published_at"]) == ("funding", None)
    assert code_of(await contest.ask(an_actor(), "GET", f"/{draft['id']}")) == (404, "NOT_FOUND")
    assert code_of(await contest.publish(owner, draft["id"])) == (200, "")


async def test_a_prize_that_was_insisted_on_opens_the_competition(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    await contest.publish(owner, draft["id"], require_funded=True)
    await contest.tasks.deliver(held(draft))
    opened = await contest.read(an_actor(), draft["id"])
    assert (opened["status"], opened["prize_status"]) == ("open", "held")
    assert [type(each) for each in await contest.told_of(draft["id"])] == [
        TaskFundingRequested,
        CompetitionPublished,
    ]


async def test_a_prize_that_was_insisted_on_and_is_not_covered_leaves_a_draft(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    await contest.publish(owner, draft["id"], require_funded=True)
    await contest.tasks.deliver(rejected(draft))
    again = await contest.read(owner, draft["id"])
    assert (again["status"], again["prize_status"], again["available_cents"]) == ("draft", "rejected", 7)
    edited = await contest.ask(owner, "PATCH", f"/{draft['id']}", {"prize_cents": 7})
    assert edited.status_code == 200
    await contest.publish(owner, draft["id"], require_funded=True)
    asked = await contest.asked_for_prize(draft["id"])
    assert [each.funding.amount_cents for each in asked] == [50_000, 7]


async def test_a_draft_whose_prize_was_rejected_leaves_nothing_to_be_held(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    await contest.publish(owner, draft["id"], require_funded=True)
    await contest.tasks.deliver(rejected(draft))
    assert (await contest.ask(owner, "DELETE", f"/{draft['id']}")).status_code == 200
    assert isinstance((await contest.told_of(draft["id"]))[-1], TaskRefundRequested)
    await contest.tasks.deliver(held(draft, 2))
    assert code_of(await contest.ask(owner, "GET", f"/{draft['id']}")) == (404, "NOT_FOUND")


async def test_of_many_who_publish_at_once_one_does(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    answers = await asyncio.gather(*(contest.publish(owner, draft["id"]) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {code_of(answer)[1] for answer in answers} == {"", "INVALID_TRANSITION"}
    assert len(await contest.asked_for_prize(draft["id"])) == 1


async def test_a_draft_that_has_lain_for_too_long_is_not_published(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    with contest.in_days(2.5):
        answer = await contest.publish(owner, draft["id"])
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert "submission_deadline" in answer.json()["error"]["details"]
