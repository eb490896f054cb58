"""Drafts for competitions: who may make them, and what becomes of them."""

import asyncio
from datetime import datetime
from typing import Any

import pytest

from joust_contracts.events import CompetitionSubmissionReceived, CompetitionSubmissionRetracted
from joust_contracts.vocabulary import DraftStatus
from joust_kit.testing.component import an_actor
from joust_submission.drafts.errors import NotADraft
from joust_submission.drafts.rules import MAX_PER_ACCOUNT, TRANSITIONS, check_transition
from services.submission.tests.drafts.desk import Desk, code_of
from services.submission.tests.ticking import LOOKS, deadline_passes


async def test_a_draft_is_as_it_was_sent_and_seen_by_nobody_else(desk: Desk) -> None:
    sent = {"description": "Two variants.", "external_artifacts": ["https://example.com/a"]}
    made = (await desk.begin(**sent)).json()
    assert (made["status"], made["competition_id"]) == ("draft", str(desk.competition.id))
    assert made["external_artifacts"] == sent["external_artifacts"]
    path = f"drafts/{made['id']}"
    assert (await desk.ask("GET", path)).json() == made
    for actor in (desk.creator, an_actor()):
        assert code_of(await desk.ask("GET", path, actor=actor)) == (404, "NOT_FOUND")
    assert await desk.told_of(made["id"]) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"terms_accepted": False}, "terms_accepted"),
        ({"title": ""}, "title"),
        ({"external_artifacts": ["ftp://example.com"]}, "external_artifacts.0"),
        ({"external_artifacts": ["https://127.0.0.1/x"]}, "external_artifacts.0"),
        ({"external_artifacts": ["https://example.com"] * 21}, "external_artifacts"),
        ({"description": "x" * 20_001}, "description"),
        ({"status": "submitted"}, "status"),
    ],
)
async def test_a_field_that_is_not_valid_is_named(desk: Desk, changes: dict[str, Any], field: str) -> None:
    answer = await desk.begin(**changes)
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]


async def test_only_entrants_hand_in_and_the_creator_never(desk: Desk) -> None:
    assert code_of(await desk.begin(an_actor())) == (403, "FORBIDDEN")
    assert code_of(await desk.begin(desk.creator)) == (403, "FORBIDDEN")
    draft = await desk.draft()
    await desk.leave()
    assert code_of(await desk.begin()) == (403, "FORBIDDEN")
    assert code_of(await desk.submit(draft)) == (403, "FORBIDDEN")


async def test_work_is_taken_before_the_deadline_or_refused_wherever_it_passes(desk: Desk) -> None:
    deadline, taken = desk.competition.submission_deadline, []
    for looks in LOOKS:
        draft = await desk.draft()
        with deadline_passes(desk.service, deadline, after_looks=looks):
            answer = await desk.submit(draft)
        taken.append(answer.status_code == 200)
        if taken[-1]:
            assert datetime.fromisoformat(answer.json()["submitted_at"]) < deadline
        else:
            assert code_of(answer) == (409, "DEADLINE_PASSED")
    assert (taken[0], taken[-1]) == (False, True)


async def test_after_the_deadline_nothing_is_begun_handed_in_or_taken_back(desk: Desk) -> None:
    draft, handed_in = await desk.draft(), await desk.draft()
    assert (await desk.submit(handed_in)).status_code == 200
    await desk.close()
    withdrawing = await desk.ask("POST", f"drafts/{handed_in}/withdraw")
    announcing = await desk.presign(draft, {"filename": "a", "size": 1})
    for answer in (await desk.begin(), await desk.submit(draft), withdrawing, announcing):
        assert code_of(answer) == (409, "DEADLINE_PASSED")


async def test_an_account_has_no_more_drafts_than_it_may_even_at_once(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.begin() for _ in range(MAX_PER_ACCOUNT + 5)))
    assert sorted(answer.status_code for answer in answers) == [201] * MAX_PER_ACCOUNT + [409] * 5
    one = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
    await desk.ask("POST", f"drafts/{one}/withdraw")
    assert (await desk.begin()).status_code == 201


async def test_what_is_handed_in_is_told_once_and_stays_as_it_is(desk: Desk) -> None:
    draft = await desk.draft()
    answers = await asyncio.gather(*(desk.submit(draft) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 4
    for answer in (
        await desk.ask("PATCH", f"drafts/{draft}", {"title": "Other"}),
        await desk.presign(draft, {"filename": "a", "size": 1}),
    ):
        assert code_of(answer) == (409, "WRONG_STATUS")
    await desk.ask("POST", f"drafts/{draft}/withdraw")
    kinds = [type(each) for each in await desk.told_of(draft)]
    assert kinds == [CompetitionSubmissionReceived, CompetitionSubmissionRetracted]


async def test_a_submission_that_comes_often_with_its_key_is_answered_alike(desk: Desk) -> None:
    draft = await desk.draft()
    path, body = f"drafts/{draft}/submit", {"assets": [], "terms_accepted": True}
    key = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(desk.ask("POST", path, body, **key) for _ in range(20)))
    told = {(each.status_code, each.text) for each in answers if code_of(each)[1] != "IDEMPOTENCY_KEY_IN_USE"}
    assert [status for status, _ in told] == [200]


async def test_the_creator_reads_lists_and_reviews_what_was_handed_in(desk: Desk) -> None:
    draft = await desk.draft()
    listing = f"competitions/{desk.competition.id}/submissions"
    assert (await desk.ask("GET", listing, actor=desk.creator)).json()["data"] == []
    await desk.submit(draft)
    (listed,) = (await desk.ask("GET", listing, actor=desk.creator)).json()["data"]
    assert listed["id"] == draft
    review = {"feedback": "Clear."}
    reviewed = await desk.ask("POST", f"drafts/{draft}/review", review, desk.creator)
    assert reviewed.json()["feedback"] == "Clear."
    assert (await desk.ask("GET", f"drafts/{draft}")).json()["feedback"] == "Clear."
    for actor, expected in ((desk.entrant, (403, "FORBIDDEN")), (an_actor(), (404, "NOT_FOUND"))):
        assert code_of(await desk.ask("POST", f"drafts/{draft}/review", review, actor)) == expected
    assert code_of(await desk.ask("GET", listing)) == (403, "FORBIDDEN")


@pytest.mark.parametrize("now", DraftStatus)
@pytest.mark.parametrize("then", DraftStatus)
def test_what_the_table_does_not_allow_is_refused(now: DraftStatus, then: DraftStatus) -> None:
    if then in TRANSITIONS[now]:
        check_transition(now, then)
        return
    with pytest.raises(NotADraft):
        check_transition(now, then)
