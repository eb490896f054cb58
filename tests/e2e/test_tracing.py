"""One trace runs through HTTP, Kafka and jobs, so that the logs of all services can be put together."""

import json
from uuid import uuid4

from joust_embedded.bounty.works import CARELESS
from joust_embedded.stack import Stack
from tests.support.arena import Arena, scored
from tests.support.checkers import read_topic, wait_until_quiet
from tests.support.distant import logs_of


async def test_the_trace_of_a_submission_is_in_all_that_follows_from_it(arena: Arena, stack: Stack) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    trace_id = uuid4().hex
    answer = await agent.http.post(
        f"/api/v1/tasks/{task['id']}/quick-submit",
        json={"files": CARELESS},
        headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"},
    )
    await scored(agent, answer.json()["id"])
    await wait_until_quiet(stack)

    told = [
        message.wire_type
        for topic in ("joust.submission", "joust.evaluation", "joust.ranking")
        for message in await read_topic(stack.kafka_bootstrap, topic)
        if trace_id in message.headers.get("traceparent", "")
    ]
    assert told == [
        "submission.received.v1",
        "submission.completed.v1",
        "evaluation.started.v1",
        "evaluation.completed.v1",
        "leaderboard.changed.v1",
    ]


async def test_logs_are_json_and_hold_no_key(arena: Arena, stack: Stack) -> None:
    party = await arena.sign_up("Somebody")
    await party.balance()
    key = party.http.headers["Authorization"].removeprefix("Bearer ")
    for name, text in logs_of(stack).items():
        assert key not in text
        if name in stack.urls:
            lines = [line for line in text.splitlines() if line.startswith("{")]
            assert all(json.loads(line)["service"] == name for line in lines)
