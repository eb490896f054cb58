"""Drafts of competitions: made, read, edited and deleted by their creator, and seen by nobody else."""

from typing import Any

import pytest

from joust_kit.testing.component import an_actor
from services.task.tests.competitions.contest import Contest, a_competition, code_of, in_days


async def test_a_draft_is_as_it_was_sent_and_told_to_nobody(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner, tags=["Design", " web  apps ", "design"])
    assert (draft["status"], draft["prize_status"], draft["published_at"]) == ("draft", "unasked", None)
    assert draft["tags"] == ["design", "web apps"]
    assert await contest.read(owner, draft["id"]) == draft
    assert await contest.told_of(draft["id"]) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"submission_deadline": "2020-01-01T00:00:00Z"}, "submission_deadline"),
        ({"submission_deadline": in_days(0.5)}, "submission_deadline"),
        ({"winner_deadline": in_days(2)}, "winner_deadline"),
        ({"prize_cents": 0}, "prize_cents"),
        ({"prize_cents": 10**12 + 1}, "prize_cents"),
        ({"prize_cents": 1.5}, "prize_cents"),
        ({"currency": "xyz"}, "currency"),
        ({"title": " "}, "title"),
        ({"title": "a\x00"}, "title"),
        ({"overview": "x" * 20_001}, "overview"),
        ({"tags": ["x"] * 21}, "tags"),
        ({"tags": [""]}, "tags.0"),
        ({"status": "open"}, "status"),
    ],
)
async def test_a_field_that_is_not_valid_is_named(
    contest: Contest, changes: dict[str, Any], field: str
) -> None:
    answer = await contest.ask(an_actor(), "POST", json=a_competition(**changes))
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert field in answer.json()["error"]["details"]


async def test_only_the_fields_that_came_are_changed(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    answer = await contest.ask(owner, "PATCH", f"/{draft['id']}", {"prize_cents": 1, "tags": ["New"]})
    assert answer.json() == {**draft, "prize_cents": 1, "tags": ["new"], "version": 2}
    unchanged = await contest.ask(owner, "PATCH", f"/{draft['id']}", {})
    assert unchanged.json()["version"] == 2


async def test_deadlines_are_checked_together_however_one_is_changed(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    answer = await contest.ask(owner, "PATCH", f"/{draft['id']}", {"submission_deadline": in_days(11)})
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert "winner_deadline" in answer.json()["error"]["details"]
    assert await contest.read(owner, draft["id"]) == draft


async def test_a_deleted_draft_is_gone(contest: Contest) -> None:
    owner = an_actor()
    draft = await contest.draft(owner)
    assert (await contest.ask(owner, "DELETE", f"/{draft['id']}")).json() == {"id": draft["id"]}
    for method in ("GET", "DELETE"):
        assert code_of(await contest.ask(owner, method, f"/{draft['id']}")) == (404, "NOT_FOUND")


async def test_a_strangers_draft_looks_absent(contest: Contest) -> None:
    draft, stranger = await contest.draft(an_actor()), an_actor()
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "Mine"}),
        ("DELETE", "", None),
        ("POST", "/publish", {"terms_accepted": True}),
        ("POST", "/join", {"terms_accepted": True}),
        ("POST", "/fund", None),
    ):
        answer = await contest.ask(stranger, method, f"/{draft['id']}{path}", body)
        assert code_of(answer) == (404, "NOT_FOUND"), path


async def test_what_is_published_is_neither_edited_nor_deleted(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    for method, body in (("PATCH", {"title": "Other"}), ("DELETE", None)):
        assert code_of(await contest.ask(owner, method, f"/{opened['id']}", body)) == (409, "CONFLICT")
        assert code_of(await contest.ask(an_actor(), method, f"/{opened['id']}", body)) == (403, "FORBIDDEN")
