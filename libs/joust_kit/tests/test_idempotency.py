"""Idempotency keys over a small service of their own."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from fastapi import APIRouter, HTTPException
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from joust_contracts.base import Command
from joust_contracts.services import ServiceName
from joust_kit.database.connections import open_engine
from joust_kit.database.tables import kit_tables
from joust_kit.errors import IdempotencyKeyReused, Invalid
from joust_kit.http.transactions import CurrentActor, TransactionalRoute, Unit
from joust_kit.idempotency import IdempotencyKey, StoredAnswer
from joust_kit.identity import Actor, new_key_pair
from joust_kit.messaging.subscriptions import Subscriptions
from joust_kit.service import Service
from joust_kit.settings import ServiceSettings
from joust_kit.testing.component import ServiceUnderTest, an_actor, under_test

KIT = kit_tables(ServiceName.GATEWAY)
router = APIRouter(prefix="/things", route_class=TransactionalRoute)


class Wish(Command):
    """What a caller asks for."""

    name: str
    takes_seconds: float = 0
    fails: bool = False


class PepperedSettings(ServiceSettings):
    """Settings of a service that has a secret of its own."""

    pepper: str = ""

    @property
    def idempotency_pepper(self) -> bytes:
        return self.pepper.encode()


@router.post("", status_code=201)
async def make_thing(wish: Wish, actor: CurrentActor, unit: Unit) -> dict[str, str]:
    """A thing with a secret that is shown once."""
    await unit.session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": wish.takes_seconds})
    if wish.fails:
        raise HTTPException(500)
    return {"name": wish.name, "secret": f"the-secret-{uuid4()}"}


@pytest.fixture(scope="module")
async def database_url(parts: Any) -> AsyncIterator[str]:
    """A database that holds the kit's tables and nothing else."""
    name = f"test_idempotency_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(parts.dsn)
    await admin.execute(f"CREATE DATABASE {name}")
    yield f"{parts.dsn.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+asyncpg://")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(scope="module")
async def things(database_url: str) -> AsyncIterator[ServiceUnderTest]:
    """The small service, with its tables."""
    private_key, public_key = new_key_pair()
    settings = PepperedSettings(
        database_url=database_url,
        kafka_bootstrap_servers="127.0.0.1:1",
        actor_public_key=public_key,
        pepper="salt-and",
    )
    engine = open_engine(settings, application_name="test")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA gateway"))
        await connection.run_sync(KIT.metadata.create_all)
    await engine.dispose()
    service = Service(
        name=ServiceName.GATEWAY,
        description="Makes things.",
        settings=settings,
        tables=KIT,
        routers=[router],
        subscriptions=Subscriptions(service=ServiceName.GATEWAY, handlers=(), emits=()),
    )
    async with under_test(service, private_key) as tested:
        yield tested


async def make(things: ServiceUnderTest, actor: Actor, key: str, **wish: Any) -> Any:
    headers = things.as_actor(actor, **{"Idempotency-Key": key})
    return await things.http.post("/things", json={"name": "lamp", **wish}, headers=headers)


async def stored_row(things: ServiceUnderTest, actor: Actor, key: str) -> Any:
    keys = KIT.idempotency_keys
    scope = IdempotencyKey.of(
        key, account_id=actor.account_id, method="POST", path="/things", body=b""
    ).scope_hash
    async with things.database.reading() as session:
        return (await session.execute(select(keys).where(keys.c.scope_hash == scope))).one_or_none()


async def test_the_same_key_and_body_get_the_same_answer(things: ServiceUnderTest) -> None:
    actor = an_actor()
    first = await make(things, actor, "k-1")
    second = await make(things, actor, "k-1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_another_key_is_another_request(things: ServiceUnderTest) -> None:
    actor = an_actor()
    first, second = await make(things, actor, "k-1"), await make(things, actor, "k-2")
    assert first.json()["secret"] != second.json()["secret"]


async def test_the_same_key_with_another_body_is_refused(things: ServiceUnderTest) -> None:
    actor = an_actor()
    await make(things, actor, "k-1")
    other = await make(things, actor, "k-1", name="chair")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_second_request_meanwhile_is_told_to_wait(things: ServiceUnderTest) -> None:
    actor = an_actor()
    answers = await asyncio.gather(*(make(things, actor, "k-1", takes_seconds=0.5) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    codes = {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"IDEMPOTENCY_KEY_IN_USE"}


async def test_another_account_with_the_same_key_never_sees_the_answer(things: ServiceUnderTest) -> None:
    first = await make(things, an_actor(), "shared")
    second = await make(things, an_actor(), "shared")
    assert second.status_code == 201
    assert "Idempotent-Replayed" not in second.headers
    assert first.json()["secret"] != second.json()["secret"]


async def test_the_table_shows_nothing_of_the_answer_or_the_key(things: ServiceUnderTest) -> None:
    actor, key = an_actor(), f"key-{uuid4()}"
    answer = await make(things, actor, key)
    async with things.database.reading() as session:
        rows = (
            await session.execute(text("SELECT k::text AS whole, body FROM gateway.idempotency_keys k"))
        ).all()
    everything = b"".join(row.whole.encode() + bytes(row.body) for row in rows)
    for word in (answer.json()["secret"], "the-secret", "secret", "lamp", key, str(actor.account_id)):
        assert word.encode() not in everything
        assert word.encode().hex().encode() not in everything


async def test_a_failed_request_leaves_the_key_free(things: ServiceUnderTest) -> None:
    actor = an_actor()
    failed = await make(things, actor, "k-1", fails=True)
    assert failed.status_code == 500
    assert await stored_row(things, actor, "k-1") is None
    assert (await make(things, actor, "k-1")).status_code == 201


async def test_an_expired_key_is_new(things: ServiceUnderTest) -> None:
    actor = an_actor()
    first = await make(things, actor, "k-1")
    keys = KIT.idempotency_keys
    row = await stored_row(things, actor, "k-1")
    async with things.database.transaction() as unit:
        aged = update(keys).where(keys.c.scope_hash == row.scope_hash)
        await unit.session.execute(aged.values(created_at=row.created_at - timedelta(hours=25)))
    later = await make(things, actor, "k-1", name="chair")
    assert later.status_code == 201
    assert later.json()["secret"] != first.json()["secret"]
    assert (await make(things, actor, "k-1", name="chair")).json() == later.json()


async def test_an_answer_that_was_tampered_with_is_not_shown(things: ServiceUnderTest) -> None:
    actor = an_actor()
    await make(things, actor, "k-1")
    keys = KIT.idempotency_keys
    row = await stored_row(things, actor, "k-1")
    async with things.database.transaction() as unit:
        mine = update(keys).where(keys.c.scope_hash == row.scope_hash)
        await unit.session.execute(mine.values(status=200))
    again = await make(things, actor, "k-1")
    assert (again.status_code, again.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_the_service_can_not_show_an_answer_once_its_secret_has_changed(
    things: ServiceUnderTest,
) -> None:
    actor, body = an_actor(), json.dumps({}).encode()

    def key(pepper: bytes) -> IdempotencyKey:
        account_id: UUID = actor.account_id
        return IdempotencyKey.of(
            "k", account_id=account_id, method="POST", path="/x", body=body, pepper=pepper
        )

    async with things.database.transaction() as unit:
        assert await key(b"old").claim(unit, KIT, timedelta(hours=1)) is None
        key(b"old").store(unit, StoredAnswer(201, b"answer"))
    async with things.database.transaction() as unit:
        assert await key(b"old").claim(unit, KIT, timedelta(hours=1)) == StoredAnswer(201, b"answer")
    with pytest.raises(IdempotencyKeyReused):
        async with things.database.transaction() as unit:
            await key(b"new").claim(unit, KIT, timedelta(hours=1))


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_must_have_1_to_255_characters(key: str) -> None:
    with pytest.raises(Invalid):
        IdempotencyKey.of(key, account_id=uuid4(), method="POST", path="/x", body=b"")


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40), st.uuids(), st.uuids())
def test_keys_meet_only_if_account_and_key_are_the_same(
    one: str, other: str, account: UUID, another: UUID
) -> None:
    def of(key: str, account_id: UUID) -> IdempotencyKey:
        return IdempotencyKey.of(key, account_id=account_id, method="POST", path="/x", body=b"")

    mine, theirs = of(one, account), of(other, another)
    same = (one, account) == (other, another)
    assert (mine.scope_hash == theirs.scope_hash) is same
    assert (mine.answer_key == theirs.answer_key) is same
    assert repr(mine.answer_key) not in repr(mine)
