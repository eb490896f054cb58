"""Joining and leaving."""

import asyncio

from joust_contracts.events import CompetitionEntryCreated, CompetitionEntryEnded
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
    assert left["ended_at"] is not None
    assert (await contest.read(entrant, opened["id"]))["entrants"] == 0
    assert code_of(await contest.leave(entrant, opened["id"])) == (409, "CONFLICT")
    again = (await contest.join(entrant, opened["id"])).json()
    assert (again["id"], again["version"], again["ended_at"]) == (first["id"], 3, None)
    kinds = CompetitionEntryCreated | CompetitionEntryEnded
    told = [each for each in await contest.told_of(opened["id"]) if isinstance(each, kinds)]
    assert [each.entry.version for each in told] == [1, 2, 3]
