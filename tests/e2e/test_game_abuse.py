"""Who plays the game instead of doing the work is refused, or it shows where posters and auditors look."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import httpx2
import pytest

from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from joust_embedded.stack import Stack
from tests.authorisation.calls import a_competition
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.contests import Deadline, deadlines_pass
from tests.support.dropping import ANSWER, open_drop

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
TERMS = {"terms_accepted": True}
WORK = {"title": "Work", **TERMS}
ROW = {"rank", "agentName", "finalScore", "testScore", "llmScore", "submissionId"}
BOARD = {"entries", "revealed", "deadline", "taskStatus", "evalMode", "isOwner"}
TOO_LATE = {"DEADLINE_PASSED", "TASK_NOT_OPEN", "TASK_CLOSED"}


@asynccontextmanager
async def another_key(party: Party) -> AsyncIterator[Party]:
    """The same account, by another key."""
    made = await party.post("/api/api-keys", {"name": "another"})
    key = {"Authorization": f"Bearer {made['api_key']}"}
    async with httpx2.AsyncClient(base_url=party.http.base_url, timeout=15, headers=key) as http:
        yield replace(party, http=http)


async def open_competition(creator: Party) -> str:
    draft = await creator.post("/api/competitions", a_competition())
    await creator.post(f"/api/competitions/{draft['id']}/publish", TERMS)
    return str(draft["id"])


async def refusal(party: Party, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """Status and code with which a request is refused."""
    answer = await party.http.request(method, path, json=body)
    assert answer.is_error, answer.text
    return answer.status_code, str(answer.json()["error"]["code"])


async def audit(stack: Stack, what: str) -> list[dict[str, Any]]:
    """Rows of the statement that the operations guide gives for it."""
    (statement,) = re.findall(rf"^-- {what}\n(.*?);$", OPERATIONS.read_text(), re.MULTILINE | re.DOTALL)
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        return [dict(row) for row in await admin.fetch(statement)]
    finally:
        await admin.close()


async def submissions_to(poster: Party, task_id: str) -> list[Json]:
    found: list[Json] = (await poster.get(f"/api/v1/tasks/{task_id}/submissions", limit=100))["data"]
    return found


async def all_counted(reader: Party, task_id: str, agents: int) -> Json:
    """The leaderboard once so many agents stand on it."""

    async def counted() -> bool:
        return len((await reader.leaderboard(task_id))["entries"]) == agents

    await eventually(counted)
    return await reader.leaderboard(task_id)


async def test_nobody_competes_in_the_own_work_with_whichever_key_or_agent(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")
    task = f"/api/v1/tasks/{(await arena.open_task(poster))['id']}"
    drop = f"/api/jobs/{(await open_drop(poster))['id']}"
    competition = f"/api/competitions/{await open_competition(poster)}"
    agent = (await poster.post("/api/v1/agents", {"display_name": "Nobody's friend"}))["agent_id"]
    attempts = [
        (f"{task}/quick-submit", {"files": DECENT, "agent_display_name": "Somebody else"}),
        (f"{task}/submissions", {"agent_display_name": "Somebody else"}),
        (f"{drop}/claim", {"agentId": agent}),
        (f"{drop}/submit", {"agentId": agent, "text": ANSWER}),
        (f"{competition}/join", TERMS),
        (f"{competition}/submission-drafts", WORK),
    ]
    async with another_key(poster) as other:
        for party in (poster, other):
            for path, body in attempts:
                assert await refusal(party, "POST", path, body) == (403, "FORBIDDEN"), path
        looked = (await other.http.post(f"{task}/preflight", json={"files": DECENT})).json()
    assert looked["would_be_accepted"] is False
    assert "FORBIDDEN" in {finding["code"] for finding in looked["findings"]}
    assert await submissions_to(poster, task.rpartition("/")[2]) == []
    assert (await poster.get(drop))["submissions_count"] == 0
    assert (await poster.get(competition))["entrants"] == 0


async def test_keys_and_agents_of_one_account_have_one_quota_and_one_place(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster, max_submissions_per_agent=2)
    drop = await open_drop(poster)
    competition = await open_competition(poster)
    second = (await agent.post("/api/v1/agents", {"display_name": "Second"}))["agent_id"]
    async with another_key(agent) as other:
        await submit_and_wait(agent, task["id"], CARELESS)
        await submit_and_wait(replace(other, name="Under another name"), task["id"], DECENT)
        for party in (agent, other):
            path = f"/api/v1/tasks/{task['id']}/quick-submit"
            assert await refusal(party, "POST", path, {"files": DECENT}) == (409, "QUOTA_EXHAUSTED")
        claims = [
            await party.post(f"/api/jobs/{drop['id']}/claim", {"agentId": id})
            for party, id in ((agent, agent.agent_id), (other, second))
        ]
        await agent.post(f"/api/competitions/{competition}/join", TERMS)
        path = f"/api/competitions/{competition}/join"
        assert await refusal(other, "POST", path, TERMS) == (409, "CONFLICT")
    (entry,) = (await all_counted(poster, task["id"], 1))["entries"]
    assert entry["submissionId"] is not None
    assert claims[0]["id"] == claims[1]["id"]
    assert (await poster.get(f"/api/competitions/{competition}"))["entrants"] == 1


async def test_one_behind_several_accounts_shows_to_poster_and_auditor(arena: Arena, stack: Stack) -> None:
    """Nobody can be kept from a second account; what both hand in, and where both are paid, is on record."""
    poster = await arena.sign_up("Poster")
    one, other, honest = [await arena.sign_up(name) for name in ("Ada", "Not Ada", "Bob")]
    task = await arena.open_task(poster)
    for agent, files in ((one, THOROUGH), (honest, DECENT), (other, THOROUGH)):
        await agent.quick_submit(task["id"], files)
    address = "0x" + task["id"].replace("-", "") + "00000000"
    for agent in (one, other):
        payout = {"payout_method": "onchain_usdc", "payout_address": address, "payout_chain": "base"}
        (await agent.http.put("/api/v1/wallet", json=payout)).raise_for_status()

    listed = {each["agent_id"]: each for each in await submissions_to(poster, task["id"])}
    works = {agent.name: listed[agent.agent_id]["artifact_sha256"] for agent in (one, other, honest)}
    assert works["Ada"] == works["Not Ada"] != works["Bob"]
    detail = await poster.submission(listed[one.agent_id]["id"])
    assert detail["artifact_sha256"] == works["Ada"]
    assert len((await all_counted(poster, task["id"], 3))["entries"]) == 3

    both = {UUID(one.account_id), UUID(other.account_id)}
    (same,) = [row for row in await audit(stack, "equal work") if row["task_id"] == UUID(task["id"])]
    assert (same["sha256"], set(same["accounts"])) == (works["Ada"], both)
    paid = [set(row["accounts"]) for row in await audit(stack, "one place of payment")]
    assert both in paid


async def test_around_the_deadline_work_is_in_time_or_refused_and_nobody_who_saw_names_hands_in(
    arena: Arena,
) -> None:
    poster, *racers, late = [await arena.sign_up(name) for name in ("Poster", "Ada", "Bob", "Late")]
    deadline = datetime.now(UTC) + timedelta(seconds=4)
    wanted = {"deadline": deadline.isoformat(), "max_submissions_per_agent": 25}
    task = await arena.open_task(poster, **wanted)
    path = f"/api/v1/tasks/{task['id']}"
    done = await submit_and_wait(late, task["id"], CARELESS)
    registered = await late.post(f"{path}/submissions", {})
    # They come when the deadline is near, so that their quotas last.
    await asyncio.sleep((deadline - datetime.now(UTC)).total_seconds() - 0.7)

    async def race(agent: Party) -> list[Json]:
        """Look, then hand in, until refused; what was taken."""
        taken: list[Json] = []
        while True:
            seen = await agent.leaderboard(task["id"])
            answer = await agent.http.post(f"{path}/quick-submit", json={"files": CARELESS})
            if answer.status_code == 503:
                continue
            if answer.is_error:
                assert answer.json()["error"]["code"] in TOO_LATE, answer.text
                return taken
            assert not seen["revealed"]
            taken.append(answer.json())

    taken = [each["id"] for some in await asyncio.gather(*map(race, racers)) for each in some]
    assert (await poster.get(path))["deadline"] == task["deadline"]
    at = datetime.fromisoformat(task["deadline"])
    assert datetime.now(UTC) >= at
    listed = [each for each in await submissions_to(poster, task["id"]) if each["received_at"] is not None]
    assert {each["id"] for each in listed} == {*taken, done["id"]}
    assert all(datetime.fromisoformat(each["received_at"]) <= at for each in listed)

    for name in ("complete", "upload-url"):
        status, code = await refusal(late, "POST", f"/api/v1/submissions/{registered['id']}/{name}")
        assert (status, code in TOO_LATE) == (409, True)
    again = await refusal(late, "POST", f"/api/v1/submissions/{done['id']}/request_re_eval")
    assert again == (409, "TASK_CLOSED")


async def test_what_was_published_stays_and_an_early_end_shows_and_takes_nothing(
    arena: Arena, stack: Stack
) -> None:
    """A poster that looks at the work can neither move the deadline nor hide that it was not waited for."""
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    path = f"/api/v1/tasks/{task['id']}"
    scored = await submit_and_wait(agent, task["id"])
    registered = await agent.post(f"{path}/submissions", {})
    for days in (2, 30):
        moved = {"deadline": (datetime.now(UTC) + timedelta(days=days)).isoformat()}
        assert await refusal(poster, "PATCH", path, moved) == (409, "CONFLICT")
    for changed in ({"max_submissions_per_agent": 1}, {"budget_cents": 10_000}, {"eval_mode": "llm"}):
        assert await refusal(poster, "PATCH", path, changed) == (409, "CONFLICT")
    rubric = {"criteria": [{"name": "Whatever", "weight": 100, "position": 0}]}
    assert await refusal(poster, "PUT", f"{path}/rubric", rubric) == (409, "CONFLICT")
    assert (await agent.get(path))["deadline"] == task["deadline"]

    await poster.close_task(task["id"])
    # Nobody waits until all services have heard of it.
    late = [
        (f"{path}/quick-submit", {"files": THOROUGH}, "TASK_NOT_OPEN"),
        (f"/api/v1/submissions/{scored['id']}/request_re_eval", None, "TASK_CLOSED"),
        (f"/api/v1/submissions/{registered['id']}/complete", None, "TASK_CLOSED"),
    ]
    for where, body, code in late:
        assert await refusal(agent, "POST", where, body) == (409, code), where
    seen = await agent.get(path)
    assert (seen["status"], seen["deadline"]) == ("closed", task["deadline"])
    assert seen["published_at"] < seen["closed_at"] < seen["deadline"]
    early = {row["id"] for row in await audit(stack, "ended before the deadline")}
    assert UUID(task["id"]) in early


async def test_a_competition_keeps_its_deadlines_and_its_winner_waits_for_them(arena: Arena) -> None:
    creator, entrant = await arena.sign_up("Creator"), await arena.sign_up("Entrant")
    competition = f"/api/competitions/{await open_competition(creator)}"
    work = await hand_in(entrant, competition)
    before = (await creator.get(competition))["deadlines"]
    moved = {"submission": "2098-01-01T00:00:00Z", "winner_selection": "2099-01-01T00:00:00Z"}
    assert await refusal(creator, "PATCH", competition, {"deadlines": moved}) == (409, "CONFLICT")
    winner = await refusal(creator, "POST", f"{competition}/winner", {"submission_id": work})
    assert winner == (409, "INVALID_TRANSITION")
    assert (await entrant.get(competition))["deadlines"] == before


async def hand_in(entrant: Party, competition: str) -> str:
    await entrant.post(f"{competition}/join", TERMS)
    draft = await entrant.post(f"{competition}/submission-drafts", WORK)
    await entrant.post(f"/api/submission-drafts/{draft['id']}/submit", {"assets": [], **TERMS})
    return str(draft["id"])


async def test_rows_of_an_anonymous_board_differ_in_nothing_but_score_and_place(arena: Arena) -> None:
    poster, watcher = await arena.sign_up("Poster"), await arena.sign_up("Watcher")
    agents = [await arena.sign_up(name) for name in ("A", "B" * 90, "Agent AAAAAAAA", "Late")]
    task, elsewhere = await arena.open_task(poster), await arena.open_task(poster)
    # Whatever can differ between agents does: their names, agents, keys, and how often and when they came.
    await agents[1].post("/api/v1/agents", {"display_name": "Another"})
    await submit_and_wait(agents[3], task["id"], CARELESS)
    for agent in agents:
        await submit_and_wait(agent, task["id"], DECENT)
    await submit_and_wait(agents[0], task["id"], CARELESS)
    await submit_and_wait(agents[0], elsewhere["id"], DECENT)

    board = await all_counted(watcher, task["id"], len(agents))
    assert set(board) == BOARD
    rows = board["entries"]
    assert all(set(row) == ROW for row in rows)
    assert [row.pop("rank") for row in rows] == [1, 2, 3, 4]
    aliases = [row.pop("agentName") for row in rows]
    assert all(re.fullmatch("Agent [A-Z2-7]{8}", alias) for alias in aliases)
    assert len(set(aliases)) == len(agents)
    assert rows == [rows[0]] * len(agents)
    assert rows[0]["submissionId"] is None

    # Names tell nothing from one task to the next, and everybody sees the same ones in the same order.
    (other,) = (await all_counted(watcher, elsewhere["id"], 1))["entries"]
    assert other["agentName"] not in aliases
    for reader in (poster, *agents):
        seen = (await reader.leaderboard(task["id"]))["entries"]
        assert [row["agentName"] for row in seen] == aliases
    assert await same_page_of(watcher, task["id"], 2) == await same_page_of(agents[0], task["id"], 2)


async def same_page_of(reader: Party, task_id: str, limit: int) -> tuple[Sequence[str], int]:
    """Names of a page, and the length of the cursor that leads on."""
    page = await reader.get(f"/api/v1/tasks/{task_id}/leaderboard", limit=limit)
    return [row["agentName"] for row in page["entries"]], len(page["nextCursor"])


async def test_work_is_not_taken_back_to_let_another_win(arena: Arena, stack: Stack) -> None:
    """On a leaderboard not at all; in a competition until its deadline, and that is on record."""
    poster, best, friend = [await arena.sign_up(name) for name in ("Poster", "Best", "Friend")]
    task = await arena.open_task(poster)
    handed = await submit_and_wait(best, task["id"], THOROUGH)
    await submit_and_wait(friend, task["id"], CARELESS)
    for method, path in (("DELETE", ""), ("PATCH", ""), ("POST", "/withdraw")):
        answer = await best.http.request(method, f"/api/v1/submissions/{handed['id']}{path}", json={})
        assert answer.status_code in {404, 405}, path
    await submit_and_wait(best, task["id"], CARELESS)
    first, _ = (await all_counted(poster, task["id"], 2))["entries"]
    assert first["submissionId"] == handed["id"]

    competition_id = await open_competition(poster)
    competition = f"/api/competitions/{competition_id}"
    works = [await hand_in(agent, competition) for agent in (best, friend)]
    await best.post(f"/api/submission-drafts/{works[0]}/withdraw")
    (left,) = (await poster.get(f"{competition}/submissions"))["submissions"]
    assert left["id"] == works[1]
    taken_back = [
        row
        for row in await audit(stack, "taken back after it was handed in")
        if row["competition_id"] == UUID(competition_id)
    ]
    assert [row["account_id"] for row in taken_back] == [UUID(best.account_id)]
    assert taken_back[0]["submitted_at"] < taken_back[0]["withdrawn_at"]

    await deadlines_pass(stack, competition_id, Deadline.SUBMISSION)
    await heard_of_the_end(stack, competition_id)
    late = await refusal(friend, "POST", f"/api/submission-drafts/{works[1]}/withdraw")
    assert late == (409, "DEADLINE_PASSED")


async def heard_of_the_end(stack: Stack, competition_id: str) -> None:
    """Its deadline was moved here past the clock that would otherwise refuse at once."""
    admin = await asyncpg.connect(stack.database_dsn)

    async def heard() -> bool:
        found = "SELECT status FROM submission.competitions WHERE id = $1"
        return bool(await admin.fetchval(found, competition_id) == "reviewing")

    try:
        await eventually(heard)
    finally:
        await admin.close()


async def test_a_drop_takes_one_answer_of_an_account_and_gives_none_back(arena: Arena) -> None:
    sender, worker = await arena.sign_up("Sender"), await arena.sign_up("Worker")
    drop = f"/api/jobs/{(await open_drop(sender, time_limit_seconds=300))['id']}"
    await worker.post(f"{drop}/submit", {"text": ANSWER})
    async with another_key(worker) as other:
        again = await refusal(other, "POST", f"{drop}/submit", {"text": "A better one"})
    assert again == (409, "ALREADY_SUBMITTED")
    for method, path in (("DELETE", f"{drop}/claim"), ("POST", f"{drop}/withdraw")):
        answer = await worker.http.request(method, path)
        assert answer.status_code in {404, 405}, path
    with pytest.raises(Refused, match="FORBIDDEN"):
        await worker.post(f"{drop}/cancel")
