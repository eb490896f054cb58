"""What happens to a competition is told to its creator, and announced to all who take part then."""

from typing import Any
from uuid import UUID

import pytest

from joust_contracts.events import (
    CompetitionAnnounced,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
    CompetitionEntrySnapshotEvent,
    CompetitionSelectionReminded,
    PayoutMade,
)
from joust_contracts.events.audience import accounts_told_of
from joust_contracts.vocabulary import EscrowStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor
from joust_task.competition_entries import repository
from joust_task.competitions import telling
from joust_task.snapshots import AGGREGATES
from services.task.tests.competitions.contest import Contest, escrow, held, received


async def announced(contest: Contest, id: str) -> list[CompetitionAnnounced]:
    return [each for each in await contest.told_of(id) if isinstance(each, CompetitionAnnounced)]


def entrants_by_fact(told: list[CompetitionAnnounced]) -> dict[tuple[str, str], list[UUID]]:
    found: dict[tuple[str, str], list[UUID]] = {}
    for each in told:
        key = each.fact, each.competition.prize_status.value
        found.setdefault(key, []).extend(each.entrants)
    return found


async def an_awarded(contest: Contest, *entrants: Actor, left: Actor) -> dict[str, Any]:
    """One of which the winner is paid; somebody left before anything happened."""
    owner = an_actor()
    opened = await contest.opened(owner)
    for actor in (*entrants, left):
        await contest.join(actor, opened["id"])
    await contest.leave(left, opened["id"])
    await contest.tasks.deliver(held(opened))
    work = received(opened, entrants[0])
    await contest.tasks.deliver(work)
    with contest.in_days(3.5):
        await contest.let_time_pass()
        body = {"submission_id": str(work.submission.id)}
        chosen = await contest.ask(owner, "POST", f"/{opened['id']}/winner", body)
        assert chosen.status_code == 200, chosen.text
    await contest.tasks.deliver(PayoutMade(escrow=escrow(opened, EscrowStatus.PAID, 2)))
    return opened


async def test_each_fact_is_announced_once_to_each_who_takes_part(
    contest: Contest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "MAX_ENTRANTS_OF_ONE_EVENT", 2)
    entrants, left = [an_actor() for _ in range(3)], an_actor()
    opened = await an_awarded(contest, *entrants, left=left)
    told = await announced(contest, opened["id"])
    accounts = sorted(actor.account_id for actor in entrants)
    found = {key: sorted(each) for key, each in entrants_by_fact(told).items()}
    assert found == {
        ("competition.updated", "held"): accounts,
        ("competition.submissions_closed", "held"): accounts,
        ("competition.awarded", "held"): accounts,
        ("competition.updated", "paid"): accounts,
    }
    assert {len(each.entrants) for each in told} == {1, 2}


async def test_where_nobody_takes_part_nothing_is_announced(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    await contest.tasks.deliver(held(opened))
    with contest.in_days(11):
        await contest.let_time_pass()
    assert await announced(contest, opened["id"]) == []


async def test_only_the_creator_is_reminded(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    await contest.join(an_actor(), opened["id"])
    with contest.in_days(9.5):
        await contest.let_time_pass()
    told = await contest.told_of(opened["id"])
    (reminded,) = (each for each in told if isinstance(each, CompetitionSelectionReminded))
    assert accounts_told_of(reminded) == {owner.account_id}
    assert "competition.selection_reminded" not in {
        each.fact for each in await announced(contest, opened["id"])
    }


async def test_creator_and_entrant_hear_who_joins_and_leaves(contest: Contest) -> None:
    owner, entrant = an_actor(), an_actor()
    opened = await contest.opened(owner)
    await contest.join(entrant, opened["id"])
    await contest.leave(entrant, opened["id"])
    told = await contest.told_of(opened["id"])
    heard = [each for each in told if isinstance(each, CompetitionEntryCreated | CompetitionEntryEnded)]
    assert [accounts_told_of(each) for each in heard] == [{owner.account_id, entrant.account_id}] * 2


async def test_an_entry_that_is_told_anew_names_the_creator(contest: Contest) -> None:
    owner, entrant = an_actor(), an_actor()
    opened = await contest.opened(owner)
    await contest.join(entrant, opened["id"])
    (entries,) = (each for each in AGGREGATES if each.event is CompetitionEntrySnapshotEvent)
    async with contest.tasks.database.reading() as session:
        entry = await repository.find(session, UUID(opened["id"]), entrant.account_id)
        (anew,) = await entries.describe(session, [entry])
    assert isinstance(anew, CompetitionEntrySnapshotEvent)
    assert (anew.entry.account_id, anew.entry.competition_owner_id) == (entrant.account_id, owner.account_id)
