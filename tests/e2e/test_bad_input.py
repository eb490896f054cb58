"""Whatever is sent, the answer is an error in the documented shape, never a 500, and nothing is half-written."""

import asyncio
import json
from typing import Any

import asyncpg
import httpx2
import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party, a_task
from joust_embedded.stack import Stack
from joust_kit.identity import Actor, ActorSigner, new_key_pair
from tests.support.arena import Arena, submit_and_wait

JSON = {"Content-Type": "application/json"}
DEEP = "[" * 10_000 + "]" * 10_000


def task_with(**fields: Any) -> str:
    return json.dumps(a_task(**fields))


def error_of(answer: httpx2.Response) -> str:
    assert 400 <= answer.status_code < 500, answer.text
    error = answer.json()["error"]
    assert set(error) == {"message", "code", "details"}
    assert error["message"]
    return str(error["code"])


BODIES = [
    ("no JSON", "{", JSON, 400, "BAD_REQUEST"),
    ("nothing", "", JSON, 422, "VALIDATION_ERROR"),
    ("a list", "[]", JSON, 422, "VALIDATION_ERROR"),
    ("null", "null", JSON, 422, "VALIDATION_ERROR"),
    ("deep nesting", DEEP, JSON, 400, "BAD_REQUEST"),
    ("bytes that are no text", b"\xff\xfe{", JSON, 400, "BAD_REQUEST"),
    ("another content type", task_with(), {"Content-Type": "text/plain"}, 400, "BAD_REQUEST"),
    ("no content type", task_with(), {}, 400, "BAD_REQUEST"),
    ("a form", "title=x", {"Content-Type": "application/x-www-form-urlencoded"}, 400, "BAD_REQUEST"),
    ("as many lists as fit", '{"criteria": [' + "[]," * 600_000 + "[]]}", JSON, 413, "FILE_TOO_LARGE"),
    ("a title of the wrong type", task_with(title=7), JSON, 422, "VALIDATION_ERROR"),
    ("a title that is too long", task_with(title="x" * 201), JSON, 422, "VALIDATION_ERROR"),
    ("an empty title", task_with(title=""), JSON, 422, "VALIDATION_ERROR"),
    ("NUL in a title", task_with(title="a\u0000b"), JSON, 422, "VALIDATION_ERROR"),
    ("half a surrogate", task_with(title="\ud800"), JSON, None, None),
    ("a weight that is no number", task_with(llm_weight=float("nan")), JSON, None, None),
    ("an infinite weight", task_with(llm_weight=float("inf")), JSON, None, None),
    ("a huge integer", task_with(budget_cents=10**300), JSON, 422, "VALIDATION_ERROR"),
    ("an integer of a million digits", '{"budget_cents": ' + "9" * 1_000_000 + "}", JSON, None, None),
    ("a budget with a fraction", task_with(budget_cents=10_000.5), JSON, 422, "VALIDATION_ERROR"),
    ("a budget as text", task_with(budget_cents="20000"), JSON, 422, "VALIDATION_ERROR"),
    ("a deadline without a zone", task_with(deadline="2099-01-01T00:00:00"), JSON, 422, "VALIDATION_ERROR"),
    ("a deadline that is no time", task_with(deadline="soon"), JSON, 422, "VALIDATION_ERROR"),
    ("a deadline in the past", task_with(deadline="2020-01-01T00:00:00Z"), JSON, 422, "VALIDATION_ERROR"),
    ("no criteria", task_with(criteria=[]), JSON, 422, "VALIDATION_ERROR"),
    ("an unknown eval_mode", task_with(eval_mode="dice"), JSON, 422, "VALIDATION_ERROR"),
    ("an unknown field", task_with(colour="red"), JSON, 422, "VALIDATION_ERROR"),
    ("a quota above the cap", task_with(max_submissions_per_agent=26), JSON, 422, "VALIDATION_ERROR"),
]


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES]
)
async def test_a_bad_body_is_refused_and_makes_no_task(
    arena: Arena, stack: Stack, body: Any, headers: dict[str, str], status: int | None, code: str | None
) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.post("/api/v1/tasks", content=body, headers=headers)
    found = error_of(answer)
    if status is not None:
        assert (answer.status_code, found) == (status, code)
    assert await tasks_of(stack, poster) == 0


async def tasks_of(stack: Stack, party: Party) -> int:
    admin = await asyncpg.connect(stack.database_dsn)
    try:
        count = await admin.fetchval("SELECT count(*) FROM task.tasks WHERE owner_id = $1", party.account_id)
    finally:
        await admin.close()
    return int(count)


async def test_a_body_over_the_limit_is_refused_before_it_is_read_whole(arena: Arena, stack: Stack) -> None:
    """A client that only announces a gigabyte is answered without sending it."""
    poster = await arena.sign_up("Poster")
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.ports["gateway"])
    key = poster.http.headers["Authorization"]
    head = f"POST /api/v1/tasks HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 1000000000\r\n\r\n{{".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"FILE_TOO_LARGE" in answer


async def test_a_body_whose_length_is_not_announced_is_cut_off_at_the_limit(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")

    async def endless() -> Any:
        for _ in range(3_000):
            yield b" " * 1_000

    streamed = await poster.http.post("/api/v1/tasks", content=endless(), headers=JSON)
    assert (streamed.status_code, error_of(streamed)) == (413, "FILE_TOO_LARGE")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tasks/not-a-uuid",
        "/api/v1/tasks/123/leaderboard",
        "/api/v1/submissions/xyz",
        "/api/v1/submissions/xyz/stream",
        "/api/v1/tasks/%00",
        "/api/v1/tasks/0190f5fe-0000-7000-8000-00000000000g",
    ],
)
async def test_a_malformed_id_is_named_as_such(arena: Arena, path: str) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.get(path)
    assert (answer.status_code, error_of(answer)) == (400, "INVALID_UUID")


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nothing", "/internal/tasks", "/api/v1/tasks/"])
async def test_an_unknown_path_answers_in_the_same_shape(arena: Arena, path: str) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.get(path)
    assert (answer.status_code, error_of(answer)) == (404, "NOT_FOUND")


async def test_a_method_that_a_path_lacks_is_refused_in_the_same_shape(arena: Arena) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.patch("/api/v1/wallet/balance")
    assert answer.status_code == 405
    error_of(answer)


@pytest.mark.parametrize(
    "params",
    [{"limit": "0"}, {"limit": "101"}, {"limit": "x"}, {"cursor": "nonsense"}, {"eval_mode": "dice"}],
)
async def test_a_bad_query_is_refused_with_the_field_named(arena: Arena, params: dict[str, str]) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.get("/api/v1/tasks", params=params)
    assert (answer.status_code, error_of(answer)) == (422, "VALIDATION_ERROR")
    assert set(answer.json()["error"]["details"]) == set(params)


@pytest.mark.parametrize(
    "name",
    [
        "../escape",
        "/absolute",
        "a\\b",
        "a/../b",
        "",
        "nul\u0000byte",
        "x/" * 200 + "deep",
        "line\nbreak",
        ".",
    ],
)
async def test_a_hostile_file_name_is_refused_and_spends_no_quota(arena: Arena, name: str) -> None:
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    task = await arena.open_task(poster)
    answer = await agent.http.post(f"/api/v1/tasks/{task['id']}/quick-submit", json={"files": {name: "x"}})
    assert (answer.status_code, error_of(answer)) == (422, "VALIDATION_ERROR")
    assert (await agent.get(f"/api/v1/tasks/{task['id']}"))["quota"]["used"] == 0


async def test_texts_that_no_event_could_carry_are_refused_and_hold_up_nobody(arena: Arena) -> None:
    """In JSON a control character takes six bytes: each text is within its limit, all together are not."""
    poster, agent = await arena.sign_up("Poster"), await arena.sign_up("Agent")
    texts = {"description": "\x01" * 10_000, "input_spec": "\x01" * 50_000, "output_spec": "\x01" * 50_000}
    criteria = [
        {"name": "n", "description": "\x01" * 2000, "weight": 2, "position": position}
        for position in range(50)
    ]
    answer = await poster.http.post("/api/v1/tasks", json=a_task(**texts, criteria=criteria))
    assert (answer.status_code, error_of(answer)) == (422, "VALIDATION_ERROR")
    emoji = {name: "\N{GRINNING FACE}" * len(text) for name, text in texts.items()}
    task = await arena.open_task(poster, **emoji)
    await submit_and_wait(agent, task["id"])


@pytest.mark.parametrize("amount", [0, -5, 1.5, "100", None, 10**15, True])
async def test_an_amount_that_is_none_moves_no_money(arena: Arena, amount: Any) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.post("/api/v1/wallet/deposits", json={"amount_cents": amount})
    assert (answer.status_code, error_of(answer)) == (422, "VALIDATION_ERROR")
    assert (await poster.balance())["available_cents"] == 0


@pytest.mark.parametrize(
    "url", ["ftp://x.example/", "http://10.0.0.1/", "https://user:pw@example.com/", "nope"]
)
async def test_a_webhook_to_nowhere_good_is_refused(arena: Arena, url: str) -> None:
    poster = await arena.sign_up("Poster")
    answer = await poster.http.post("/api/v1/webhooks", json={"url": url, "events": ["deal.created"]})
    assert (answer.status_code, error_of(answer)) == (422, "VALIDATION_ERROR")


async def test_a_service_trusts_nothing_but_the_gateways_token(stack: Stack) -> None:
    from uuid import UUID, uuid4

    somebody = Actor(uuid4(), UUID(int=1), "Mallory")
    forged = ActorSigner(new_key_pair()[0]).token(somebody, ServiceName.TASK)
    genuine_key = stack.env["gateway"]["JOUST_GATEWAY_ACTOR_PRIVATE_KEY"]
    for_another = ActorSigner(genuine_key).token(somebody, ServiceName.WALLET)
    good = ActorSigner(genuine_key).token(somebody, ServiceName.TASK)
    async with httpx2.AsyncClient(base_url=stack.urls["task"]) as http:
        for token in (None, "", "x.y.z", forged, for_another, good[:-4] + "AAAA"):
            headers = {} if token is None else {"Joust-Actor": token}
            answer = await http.post("/internal/tasks", json=a_task(), headers=headers)
            assert (answer.status_code, error_of(answer)) == (401, "UNAUTHORIZED")
        assert (await http.get("/internal/tasks", headers={"Joust-Actor": good})).status_code == 200
