"""Leaderboards of competitions, and their streams, over services that answer what a test wants."""

import asyncio
from typing import Any

from joust_contracts.events import CompetitionAwarded, CompetitionEntryCreated, CompetitionSubmissionReceived
from joust_contracts.events.competition_submissions import CompetitionSubmissionSnapshot
from joust_contracts.events.competitions import CompetitionEntrySnapshot, CompetitionSnapshot
from joust_contracts.internal.competitions import CompetitionView
from joust_contracts.internal.drafts import BoardEntry, BoardView
from joust_contracts.vocabulary import CompetitionStatus, DraftStatus
from joust_gateway.streams.hub import Hub
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.a2gig.test_competitions import a_view
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, new_id
from services.gateway.tests.streaming import all_closed, asked_times, events_of, tell_event
from services.gateway.tests.streams.test_hub import SOON, event_of


def show(services: FakeServices, view: CompetitionView, *entries: BoardEntry, version: int = 3) -> str:
    """The competition and its board are answered; the leaderboard's path."""
    services.answer(f"task GET /internal/competitions/{view.id}", view)
    board = BoardView(
        version=version,
        submissions_count=len(entries),
        revealed=view.status is not CompetitionStatus.OPEN,
        entries=entries,
        next_cursor=None,
    )
    services.answer(f"submission GET /internal/competitions/{view.id}/board", board)
    return f"/api/competitions/{view.id}/leaderboard"


def an_entry(party: Party) -> BoardEntry:
    return BoardEntry(
        submission_id=new_id(),
        account_id=party.account_id,
        agent_id=party.agent_id,
        agent_display_name="Agent",
        submitted_at=NOW,
    )


def a_published(party: Party, status: CompetitionStatus, **changes: Any) -> CompetitionView:
    return a_view(party, status=status, version=4, published_at=NOW, **changes)


async def test_the_winner_has_the_first_rank_and_nobody_else_has_one(
    poster: Party, agent: Party, services: FakeServices
) -> None:
    entries = [an_entry(agent), an_entry(agent)]
    won = {
        "submission_id": entries[1].submission_id,
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
    }
    view = a_published(poster, CompetitionStatus.AWARDED, winner=won, entrants=1)
    answer = await agent.ask("GET", show(services, view, *entries), params={"limit": 2})
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert [each["rank"] for each in shown["entries"]] == [None, 1]
    assert shown["winner"] == {name: str(id) for name, id in won.items()}
    assert (shown["status"], shown["entrants"], shown["submissions_count"]) == ("awarded", 1, 2)
    asked = services.asked_of("submission")[-1]
    assert asked.query["limit"] == "2"
    assert asked.headers["Joust-After"] == f"{view.id}:4"


async def test_a_leaderboard_needs_no_key(
    gateway: ServiceUnderTest, poster: Party, services: FakeServices
) -> None:
    path = show(services, a_published(poster, CompetitionStatus.OPEN))
    answer = await gateway.http.get(path)
    assert (answer.status_code, answer.json()["revealed"]) == (200, False)


async def test_of_a_draft_nothing_is_asked(poster: Party, services: FakeServices) -> None:
    view = a_view(poster)
    services.answer(f"task GET /internal/competitions/{view.id}", view)
    answer = await poster.ask("GET", f"/api/competitions/{view.id}/leaderboard")
    assert (answer.status_code, answer.json()["entries"]) == (200, [])
    assert services.asked_of("submission") == []


async def test_a_stream_shows_each_change_and_ends_with_the_competition(
    gateway: ServiceUnderTest, poster: Party, agent: Party, services: FakeServices
) -> None:
    view = a_published(poster, CompetitionStatus.REVIEWING)
    show(services, view)
    asked = asyncio.create_task(agent.ask("GET", f"/api/competitions/{view.id}/leaderboard/stream"))
    await asked_times(services, "submission", 1)
    over = view.model_copy(update={"status": CompetitionStatus.EXPIRED, "version": 5})
    show(services, over, an_entry(agent), version=5)
    told = CompetitionSnapshot(**over.model_dump(include=set(CompetitionSnapshot.model_fields)))
    await tell_event(gateway, CompetitionAwarded(competition=told))
    answer = await asyncio.wait_for(asked, 5)
    assert answer.status_code == 200
    seen = [(each.name, each.id, each.data["status"]) for each in events_of(answer)]
    assert seen == [
        ("leaderboard", "7", "reviewing"),
        ("leaderboard", "10", "expired"),
        ("terminal", "10", "expired"),
    ]
    await all_closed(gateway)


async def test_who_joins_or_hands_in_wakes_those_who_watch_the_competition(agent: Party) -> None:
    hub, competition_id = Hub(10), new_id()
    common = {
        "id": new_id(),
        "version": 1,
        "competition_id": competition_id,
        "account_id": agent.account_id,
        "agent_id": agent.agent_id,
    }
    entry = CompetitionEntrySnapshot(terms_version="1", joined_at=NOW, **common)
    work = CompetitionSubmissionSnapshot(
        competition_owner_id=new_id(),
        agent_display_name="Agent",
        status=DraftStatus.SUBMITTED,
        title="A logo",
        assets_count=0,
        total_bytes=0,
        created_at=NOW,
        **common,
    )
    with hub.listen(competition_id) as listener:
        for data in (CompetitionEntryCreated(entry=entry), CompetitionSubmissionReceived(submission=work)):
            await hub.tell(event_of(data))
            assert await listener.wait(SOON)
