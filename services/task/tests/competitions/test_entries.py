"""Joining and leaving."""

import asyncio
from typing import Any
from uuid import UUID

from joust_contracts.events import (
    CompetitionEntrantReleased,
    CompetitionEntrantSnapshotEvent,
    CompetitionEntryCreated,
    CompetitionEntryEnded,
)
from joust_contracts.events.competition_submissions import ReleasedEntrant
from joust_kit.clock import SystemClock
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.task.tests.competitions.contest import Contest, code_of


async def test_an_account_takes_part_and_is_counted(contest: Contest) -> None:
    opened, entrant = await contest.opened(an_actor()), an_actor()
    joined = await contest.join(entrant, opened["id"])
    assert joined.status_code == 200, joined.text
    entry = joined.json()
    assert (entry["account_id"], entry["agent_id"]) == (str(entrant.account_id), str(entrant.agent_id))
    assert (entry["terms_version"], entry["ended_at"]) == ("2026-11", None)
    seen = await contest.read(entrant, opened["id"])
    assert (seen["entrants"], seen["entered"]) == (1, True)
    assert (await contest.read(an_actor(), opened["id"]))["entered"] is False


async def test_joining_needs_a_word_on_the_terms(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    answer = await contest.join(an_actor(), opened["id"], terms_accepted=False)
    assert code_of(answer) == (422, "VALIDATION_ERROR")
    assert "terms_accepted" in answer.json()["error"]["details"]


async def test_the_creator_does_not_compete(contest: Contest) -> None:
    owner = an_actor()
    opened = await contest.opened(owner)
    assert code_of(await contest.join(owner, opened["id"])) == (403, "FORBIDDEN")


async def test_of_many_joins_of_one_account_at_once_one_counts(contest: Contest) -> None:
    opened, entrant = await contest.opened(an_actor()), an_actor()
    answers = await asyncio.gather(*(contest.join(entrant, opened["id"]) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 9
    assert (await contest.read(entrant, opened["id"]))["entrants"] == 1


async def test_of_many_accounts_at_once_each_counts(contest: Contest) -> None:
    opened = await contest.opened(an_actor())
    answers = await asyncio.gather(*(contest.join(an_actor(), opened["id"]) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await contest.read(an_actor(), opened["id"]))["entrants"] == 10


async def test_who_left_may_come_again_and_is_one_entry(contest: Contest) -> None:
    opened, entrant = await contest.opened(an_actor()), an_actor()
    assert code_of(await contest.leave(entrant, opened["id"])) == (409, "CONFLICT")
    first = (await contest.join(entrant, opened["id"])).json()
    left = (await contest.leave(entrant, opened["id"])).json()
    assert (left["id"], left["version"], left["ended_at"] is None) == (first["id"], 2, False)
    assert (await contest.read(entrant, opened["id"]))["entrants"] == 0
    assert code_of(await contest.leave(entrant, opened["id"])) == (409, "CONFLICT")
    again = (await contest.join(entrant, opened["id"])).json()
    assert (again["id"], again["version"], again["ended_at"]) == (first["id"], 3, None)
    kinds = CompetitionEntryCreated | CompetitionEntryEnded
    told = [each for each in await contest.told_of(opened["id"]) if isinstance(each, kinds)]
    assert [each.entry.version for each in told] == [1, 2, 3]


def released(entry: dict[str, Any], version: int) -> ReleasedEntrant:
    """What the submission service says of an entry whose account goes."""
    fields = {name: UUID(entry[name]) for name in ("competition_id", "account_id")}
    return ReleasedEntrant(
        id=RandomIds().new(),
        version=1,
        entry_id=UUID(entry["id"]),
        entry_version=version,
        released_at=SystemClock().now(),
        **fields,
    )


async def an_entry(contest: Contest) -> tuple[Actor, dict[str, Any]]:
    """Somebody who takes part."""
    opened, entrant = await contest.opened(an_actor()), an_actor()
    return entrant, (await contest.join(entrant, opened["id"])).json()


async def test_who_was_let_go_is_gone_though_the_request_for_it_was_lost(contest: Contest) -> None:
    for event in (CompetitionEntrantReleased, CompetitionEntrantSnapshotEvent):
        entrant, entry = await an_entry(contest)
        for _ in range(2):
            await contest.tasks.deliver(event(entrant=released(entry, 1)))
        seen = await contest.read(entrant, entry["competition_id"])
        assert (seen["entered"], seen["entrants"], seen["entry_version"]) == (False, 0, 2)


async def test_who_was_let_go_is_gone_once_whichever_comes_first(contest: Contest) -> None:
    entrant, entry = await an_entry(contest)
    id = entry["competition_id"]
    deliver = contest.tasks.deliver(CompetitionEntrantReleased(entrant=released(entry, 1)))
    answer, _ = await asyncio.gather(contest.leave(entrant, id, 1), deliver)
    assert (answer.status_code, answer.json()["version"]) == (200, 2), answer.text
    assert (await contest.read(entrant, id))["entrants"] == 0
    ended = [each for each in await contest.told_of(id) if isinstance(each, CompetitionEntryEnded)]
    assert [each.entry.version for each in ended] == [2]


async def test_who_came_again_stays_though_word_of_having_been_let_go_is_late(contest: Contest) -> None:
    entrant, entry = await an_entry(contest)
    id = entry["competition_id"]
    await contest.leave(entrant, id)
    await contest.join(entrant, id)
    await contest.tasks.deliver(CompetitionEntrantReleased(entrant=released(entry, 1)))
    assert code_of(await contest.leave(entrant, id, 1)) == (409, "CONFLICT")
    assert (await contest.read(entrant, id))["entered"] is True


async def test_who_was_let_go_in_time_is_gone_though_the_deadline_has_passed(contest: Contest) -> None:
    entrant, entry = await an_entry(contest)
    id = entry["competition_id"]
    with contest.in_days(3.5):
        await contest.let_time_pass()
        assert (await contest.leave(entrant, id)).status_code == 200
        assert (await contest.read(entrant, id))["entrants"] == 0
