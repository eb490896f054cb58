"""Tasks that their posters judge: by webhook and by coming for the work, over the public API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Json, Party, Refused
from joust_embedded.bounty.receiver import Receiver
from joust_embedded.bounty.works import CARELESS, DECENT, THOROUGH
from joust_embedded.stack import Stack
from tests.support import checkers
from tests.support.arena import Arena, eventually, scored
from tests.support.checkers import read_topic
from tests.support.distant import logs_of, open_receiver
from tests.support.external_judge import claim, download, judge_what_waits, say, score_of

DOCUMENTED = {
    *("event", "submission_id", "task_id", "agent_id", "callback_token", "callback_url", "artifact_url"),
    *("artifact_expires_at", "task", "timestamp"),
}
NOWHERE = "http://127.0.0.1:9/judge"
NO_SCORES = (
    *(f'"final_score": {value}' for value in ("NaN", "Infinity", "1e400", "-1", "101")),
    f'"final_score": 80, "reasoning": "{"x" * 50_001}"',
)


async def open_task(arena: Arena, poster: Party, url: str) -> Json:
    return await arena.open_task(poster, eval_mode="external", eval_callback_url=url)


@asynccontextmanager
async def a_judge(arena: Arena, poster: Party) -> AsyncIterator[tuple[Json, Receiver]]:
    """A task with a judge that is told of its submissions, and verifies who tells."""
    async with open_receiver(arena.stack) as receiver:
        task = await open_task(arena, poster, receiver.url)
        receiver.secret = (await poster.get(f"/api/v1/tasks/{task['id']}/judge"))["signing_secret"]
        yield task, receiver


async def request_for(receiver: Receiver, submission_id: str, number: int = 1) -> Json:
    """What the judge was sent about a submission."""

    def about(seen: Receiver) -> list[Json]:
        return [each for each in seen.deliveries if each.get("submission_id") == submission_id]

    await receiver.wait_for(lambda seen: len(about(seen)) >= number)
    return about(receiver)[-1]


async def ended(agent: Party, submission_id: str) -> Json:
    async def is_over() -> bool:
        return bool((await agent.submission(submission_id))["status"] != "running")

    await eventually(is_over, seconds=60)
    return await agent.submission(submission_id)


async def test_a_judge_is_asked_downloads_and_scores_and_everybody_sees_it(
    stack: Stack, arena: Arena
) -> None:
    poster, ada, bob = [await arena.sign_up(name) for name in ("Poster", "Ada", "Bob")]
    async with a_judge(arena, poster) as (task, receiver):
        submissions = {
            party.name: (await party.quick_submit(task["id"], work))["id"]
            for party, work in ((ada, THOROUGH), (bob, CARELESS))
        }
        tokens = set()
        for score, (party, id) in enumerate(zip((bob, ada), reversed(submissions.values()), strict=True)):
            request = await request_for(receiver, id)
            assert set(request) == DOCUMENTED
            assert request["agent_id"] == party.agent_id
            assert request["callback_url"] == f"{arena.url}/api/v1/submissions/{id}/external-score"
            files = await download(request)
            assert "SUBMISSION.md" in files
            verdict = {"final_score": 40 + 50 * score, "reasoning": f"{score_of(files):g} by lines."}
            taken = (await say(arena.url, request, **verdict)).raise_for_status().json()
            assert set(taken) == {"submission_id", "status", "evaluated", "final_score", "evaluation_id"}
            assert (taken["status"], taken["final_score"]) == ("completed", 40 + 50 * score)
            tokens.add(request["callback_token"])
        assert len(tokens) == 1, "the token is the task's"
        seen = await scored(ada, submissions["Ada"])
        assert (seen["scores"]["final_score"], seen["judge"]) == (90, "external")
        assert seen["reasoning"].endswith("by lines.")
        await scored(bob, submissions["Bob"])

        async def follows() -> bool:
            board = await poster.leaderboard(task["id"])
            return [each["finalScore"] for each in board["entries"]] == [90, 40]

        await eventually(follows)
        assert receiver.refused == 0


async def test_a_judge_that_cannot_be_reached_comes_for_its_work(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await open_task(arena, poster, NOWHERE)
    assert await claim(poster, task["id"]) is None
    ids = [(await agent.quick_submit(task["id"], work))["id"] for work in (THOROUGH, DECENT)]
    judged: list[Json] = []

    async def all_judged() -> bool:
        judged.extend(await judge_what_waits(poster, task["id"]))
        return len(judged) == 2

    await eventually(all_judged, seconds=60)
    assert {each["submission_id"] for each in judged} == set(ids)
    for id in ids:
        assert (await scored(agent, id))["evaluated"]


async def test_an_error_of_the_judge_and_its_silence_end_without_a_score_and_give_the_slot_back(
    stack: Stack, arena: Arena
) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await open_task(arena, poster, NOWHERE)
    broken = (await agent.quick_submit(task["id"], DECENT))["id"]
    request: Json = {}

    async def is_there() -> bool:
        request.update(await claim(poster, task["id"]) or {})
        return bool(request)

    await eventually(is_there, seconds=60)
    for field in NO_SCORES:
        refused = await say_raw(arena.url, request, field)
        assert (refused.status_code, refused.json()["error"]["code"]) == (422, "VALIDATION_ERROR"), field[:40]
    (await say(arena.url, request, error_message="No GPU today.")).raise_for_status()
    seen = await ended(agent, broken)
    assert (seen["status"], seen["scores"]) == ("evaluation_failed", None)
    assert seen["error_message"] == "The poster's judge could not judge this submission: No GPU today."
    silent = (await agent.quick_submit(task["id"], DECENT))["id"]
    await time_is_over(stack, silent)
    seen = await ended(agent, silent)
    assert seen["status"] == "evaluation_failed"
    assert "did not answer within 24 hours" in seen["error_message"]
    late = await say(arena.url, {**request, "submission_id": silent, "lease_id": None}, final_score=99)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "WRONG_STATUS")

    async def slots_are_back() -> bool:
        return bool((await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"]["used"] == 0)

    await eventually(slots_are_back)
    assert (await poster.leaderboard(task["id"]))["entries"] == []


async def test_a_re_evaluation_asks_again_and_the_new_score_counts(arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    async with a_judge(arena, poster) as (task, receiver):
        id = (await agent.quick_submit(task["id"], DECENT))["id"]
        await say(arena.url, await request_for(receiver, id), final_score=80)
        await scored(agent, id)
        await agent.post(f"/api/v1/submissions/{id}/request_re_eval")
        again = await request_for(receiver, id, number=2)
        taken = await say(arena.url, again, final_score=60)
        assert taken.json()["final_score"] == 60
        refused = await say(arena.url, again, final_score=61)
        assert refused.json()["error"]["code"] == "ALREADY_SCORED"
        assert (await scored(agent, id))["scores"]["final_score"] == 60


async def test_the_token_lies_nowhere_but_where_it_is_handed_over(stack: Stack, arena: Arena) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    async with a_judge(arena, poster) as (task, receiver):
        id = (await agent.quick_submit(task["id"], DECENT))["id"]
        request = await request_for(receiver, id)
        await say(arena.url, {**request, "callback_token": request["callback_token"][:-1]}, final_score=1)
        await say(arena.url, request, final_score=50)
        await scored(agent, id)
        seen = [await agent.submission(id), await agent.get(f"/api/v1/tasks/{task['id']}")]
        with pytest.raises(Refused) as refused:
            await agent.get(f"/api/v1/tasks/{task['id']}/judge")
        assert refused.value.status == 403
    await checkers.events_are_complete(stack)
    secrets = {request["callback_token"], receiver.secret or "", request["artifact_url"].partition("?")[2]}
    assert all(secrets)
    places = {
        "Kafka": [
            str(each) for name in ServiceName for each in await read_topic(stack.kafka_bootstrap, name.topic)
        ],
        "logs": list(logs_of(stack).values()),
        "tables": await every_row(stack),
        "answers": [str(each) for each in seen],
    }
    for place, texts in places.items():
        assert sum(map(len, texts)) > 500, f"there was nothing to look at in {place}"
        found = [secret[:8] for secret in secrets if any(secret in text for text in texts)]
        assert found == [], place


async def say_raw(base_url: str, request: Json, field: str) -> httpx2.Response:
    """Post what no client would write as JSON, with the token and the lease of ``request``."""
    path = f"{base_url}/api/v1/submissions/{request['submission_id']}/external-score"
    own = f'"callback_token": "{request["callback_token"]}", "lease_id": "{request["lease_id"]}"'
    async with httpx2.AsyncClient(timeout=30) as http:
        return await http.post(
            path, content=f"{{{own}, {field}}}", headers={"Content-Type": "application/json"}
        )


async def every_row(stack: Stack) -> list[str]:
    """All that the two services keep of judges, outboxes and jobs among them."""
    rows: list[str] = []
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        for schema in ("evaluation", "webhook", "submission"):
            tables = await admin.fetch(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", schema
            )
            for table in tables:
                found = await admin.fetch(f'SELECT t::text AS row FROM {schema}."{table["table_name"]}" t')
                rows += [_plain(each["row"]) for each in found]
    finally:
        await admin.close()
    return rows


def _plain(row: str) -> str:
    """A row with its bytes as text, as far as they are text."""
    parts: list[Any] = []
    for part in row.split(","):
        digits = part.strip('"\\()').removeprefix("x")
        try:
            parts.append(bytes.fromhex(digits).decode(errors="replace"))
        except ValueError:
            parts.append(part)
    return ",".join(parts) + row


async def time_is_over(stack: Stack, submission_id: str) -> None:
    """The judge's day has passed."""
    admin = await asyncpg.connect(stack.database_dsn)
    try:

        async def moved() -> bool:
            done = await admin.execute(
                "UPDATE evaluation.evaluation_jobs SET next_attempt_at = now() WHERE queue = 'end_silence' "
                "AND timer_id IN (SELECT id::text FROM evaluation.evaluations WHERE submission_id = $1)",
                submission_id,
            )
            return str(done) == "UPDATE 1"

        await eventually(moved)
    finally:
        await admin.close()
