"""Who sees what on a leaderboard, before and after the reveal."""

import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest, an_actor

from .arena import START, Arena, Handed, new_id

OpenService = Callable[..., Awaitable[ServiceUnderTest]]


async def test_entries_are_listed_best_first_with_all_scores(arena: Arena) -> None:
    one, other = Handed(an_actor()), Handed(an_actor())
    await arena.deliver(
        arena.created(),
        arena.published(),
        arena.completed(one, 61.5, llm_score=61.5),
        arena.completed(other, 70, llm_score=60, test_score=80),
    )
    answer = await arena.look(arena.owner)
    assert answer.status_code == 200
    body = answer.json()
    scores = [(each["rank"], each["final_score"], each["llm_score"]) for each in body["entries"]]
    assert scores == [(1, 70, 60), (2, 61.5, 61.5)]
    assert [each["test_score"] for each in body["entries"]] == [80, None]
    assert body["entries_count"] == 2
    assert (body["task_id"], body["task_status"], body["eval_mode"]) == (str(arena.task_id), "open", "llm")
    assert body["deadline"].endswith("Z")


async def test_an_open_task_without_scores_has_an_empty_leaderboard(arena: Arena) -> None:
    await arena.deliver(arena.published(), arena.received(Handed(an_actor())))
    body = (await arena.look(an_actor())).json()
    assert (body["entries"], body["entries_count"], body["revealed"]) == ([], 0, False)


async def test_names_are_hidden_from_everybody_until_the_reveal(arena: Arena) -> None:
    agent = an_actor("Ada")
    await arena.deliver(arena.published())
    await arena.score(agent, 50)
    for reader in (arena.owner, agent, an_actor()):
        [entry] = await arena.entries(reader)
        assert entry["agent_name"].startswith("Agent ")
        assert "Ada" not in entry["agent_name"]


async def test_an_alias_stays_as_long_as_names_are_hidden_and_is_another_in_another_task(
    arena: Arena,
) -> None:
    agent, other_task = an_actor("Ada"), Arena(arena.ranking)
    await arena.deliver(arena.published())
    await arena.deliver(other_task.published())
    await arena.score(agent, 50)
    await other_task.score(agent, 50)
    [before] = await arena.entries(agent)
    await arena.score(agent, 60)
    [after] = await arena.entries(an_actor())
    assert before["agent_name"] == after["agent_name"]
    [elsewhere] = await other_task.entries(agent)
    assert elsewhere["agent_name"] != before["agent_name"]


async def test_a_submission_is_hidden_from_rivals_until_the_reveal(arena: Arena) -> None:
    one, rival = an_actor(), an_actor()
    await arena.deliver(arena.published())
    first = await arena.score(one, 60)
    second = await arena.score(rival, 50)
    ids = [str(first.id), str(second.id)]
    assert [entry["submission_id"] for entry in await arena.entries(one)] == [ids[0], None]
    assert [entry["submission_id"] for entry in await arena.entries(rival)] == [None, ids[1]]
    assert [entry["submission_id"] for entry in await arena.entries(an_actor())] == [None, None]
    assert [entry["submission_id"] for entry in await arena.entries(arena.owner)] == ids


@pytest.mark.parametrize("end", ["deadline_passed", "closed"])
async def test_the_end_of_submissions_reveals_names_and_submissions_to_all(arena: Arena, end: str) -> None:
    await arena.deliver(arena.published())
    handed = await arena.score(an_actor("Ada"), 60)
    await arena.deliver(getattr(arena, end)())
    body = (await arena.look(an_actor())).json()
    assert body["revealed"] is True
    assert body["entries"][0]["agent_name"] == "Ada"
    assert body["entries"][0]["submission_id"] == str(handed.id)


async def test_the_clock_reveals_names_before_news_of_the_deadline_come(arena: Arena) -> None:
    await arena.deliver(arena.published())
    await arena.score(an_actor("Ada"), 60)
    with arena.ranking.clock.ahead(timedelta(days=3)):
        body = (await arena.look(an_actor())).json()
    assert (body["revealed"], body["task_status"]) == (True, "open")
    assert body["entries"][0]["agent_name"] == "Ada"


async def test_the_name_is_the_one_under_which_the_best_submission_was_made(arena: Arena) -> None:
    agent = an_actor("Ada")
    renamed = type(agent)(agent.account_id, agent.agent_id, "Grace")
    await arena.score(agent, 60)
    await arena.score(renamed, 50)
    await arena.deliver(arena.closed())
    assert [entry["agent_name"] for entry in await arena.entries(agent)] == ["Ada"]


async def test_only_the_owner_is_told_to_be_the_owner(arena: Arena) -> None:
    await arena.deliver(arena.published())
    assert (await arena.look(arena.owner)).json()["is_owner"] is True
    assert (await arena.look(an_actor())).json()["is_owner"] is False


async def test_pages_follow_on_each_other_with_ranks_that_go_on(arena: Arena) -> None:
    await arena.deliver(arena.published())
    for score in (10, 30, 20, 30, 5):
        await arena.score(an_actor(), score)
    seen: list[tuple[int, float]] = []
    page = {"limit": "2"}
    while True:
        body = (await arena.look(an_actor(), page)).json()
        assert body["entries_count"] == 5
        seen += [(entry["rank"], entry["final_score"]) for entry in body["entries"]]
        if body["next_cursor"] is None:
            break
        page["cursor"] = body["next_cursor"]
    assert seen == [(1, 30), (2, 30), (3, 20), (4, 10), (5, 5)]


async def test_a_cursor_tells_nothing_and_is_none_of_another_task(arena: Arena) -> None:
    other = Arena(arena.ranking)
    await arena.deliver(arena.published())
    await other.deliver(other.published())
    handed = [await arena.score(an_actor(), score) for score in (10, 20)]
    cursor = (await arena.look(an_actor(), {"limit": "1"})).json()["next_cursor"]
    sealed = base64.urlsafe_b64decode(cursor + "==")
    assert not any(each.id.bytes in sealed or str(each.id) in cursor for each in handed)
    for page in (
        {"cursor": cursor[:-9] + cursor[-8:]},
        {"cursor": "x"},
        {"cursor": "\u00e9"},
        {"limit": "101"},
    ):
        refused = await arena.look(an_actor(), page)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert (await other.look(an_actor(), {"cursor": cursor})).status_code == 422
    assert len((await arena.look(an_actor(), {"cursor": cursor})).json()["entries"]) == 1


async def test_anonymous_rows_differ_in_nothing_but_score_and_place(arena: Arena) -> None:
    await arena.deliver(arena.published())
    for number in range(4):
        await arena.score(an_actor(f"agent {number}"), 50, received_at=START + timedelta(seconds=number))
    rows = await arena.entries(an_actor())
    assert [row.pop("rank") for row in rows] == [1, 2, 3, 4]
    names = [row.pop("agent_name") for row in rows]
    assert len({*names}) == len({len(name) for name in names}) * 4
    assert rows == [rows[0]] * 4
    assert set(rows[0]) == {"final_score", "test_score", "llm_score", "submission_id"}


async def test_the_version_rises_with_each_score_with_the_reveal_and_with_the_task(arena: Arena) -> None:
    async def version() -> int:
        return int((await arena.look(an_actor())).json()["version"])

    await arena.deliver(arena.published())
    versions = [await version()]
    await arena.score(an_actor(), 50)
    versions.append(await version())
    with arena.ranking.clock.ahead(timedelta(days=3)):
        versions.append(await version())
        await arena.deliver(arena.deadline_passed())
        versions.append(await version())
        await arena.deliver(arena.closed())
        versions.append(await version())
    assert versions == sorted(set(versions))


async def test_another_key_gives_other_aliases(open_service: OpenService, arena: Arena) -> None:
    await arena.deliver(arena.published())
    await arena.score(an_actor(), 50)
    elsewhere = Arena(await open_service(ServiceName.RANKING, anonymity_key="another key of the tests"))
    elsewhere.task_id = arena.task_id
    [one], [other] = await arena.entries(arena.owner), await elsewhere.entries(arena.owner)
    assert one["agent_name"] != other["agent_name"]


class TestPosition:
    async def test_an_account_and_the_tasks_owner_see_it(self, arena: Arena) -> None:
        agent = an_actor()
        await arena.deliver(arena.published())
        await arena.score(an_actor(), 90)
        await arena.score(agent, 50)
        for reader in (agent, arena.owner):
            assert (await arena.position(reader, agent.account_id)).json() == {"position": 2}

    async def test_a_rival_does_not_see_it(self, arena: Arena) -> None:
        agent = an_actor()
        await arena.deliver(arena.published())
        await arena.score(agent, 50)
        refused = await arena.position(an_actor(), agent.account_id)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def test_it_is_none_while_there_is_no_score(self, arena: Arena) -> None:
        agent = an_actor()
        await arena.deliver(arena.published(), arena.received(Handed(agent)))
        assert (await arena.position(agent, agent.account_id)).json() == {"position": None}

    async def test_ones_own_in_a_task_that_was_not_heard_of_is_none_yet(self, arena: Arena) -> None:
        agent = an_actor()
        assert (await arena.position(agent, agent.account_id)).json() == {"position": None}
        assert (await arena.position(arena.owner, agent.account_id)).status_code == 404

    async def test_it_moves_when_a_rival_gets_better(self, arena: Arena) -> None:
        agent, rival = an_actor(), an_actor()
        await arena.score(agent, 50)
        await arena.score(rival, 50, received_at=START + timedelta(seconds=1))
        assert (await arena.position(agent, agent.account_id)).json() == {"position": 1}
        await arena.score(rival, 50.01)
        assert (await arena.position(agent, agent.account_id)).json() == {"position": 2}


class TestRefusals:
    async def test_a_task_that_nobody_posted_can_not_be_found(self, arena: Arena) -> None:
        answer = await arena.look(an_actor())
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")

    async def test_a_draft_is_found_by_its_owner_alone(self, arena: Arena) -> None:
        await arena.deliver(arena.created())
        assert (await arena.look(an_actor())).status_code == 404
        answer = await arena.look(arena.owner)
        assert (answer.status_code, answer.json()["task_status"]) == (200, "draft")

    async def test_without_the_gateways_token_nothing_is_shown(self, arena: Arena) -> None:
        await arena.deliver(arena.published())
        for path in ("leaderboard", f"positions/{new_id()}"):
            answer = await arena.ranking.http.get(f"/internal/tasks/{arena.task_id}/{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")

    async def test_an_id_that_is_none_is_refused(self, arena: Arena) -> None:
        headers = arena.ranking.as_actor(an_actor())
        for path in ("tasks/none/leaderboard", f"tasks/{arena.task_id}/positions/none"):
            answer = await arena.ranking.http.get(f"/internal/{path}", headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_UUID")
