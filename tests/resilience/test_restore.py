"""PostgreSQL is restored to an earlier moment, while Kafka, storage and the payout provider are where they are (row F20).

What was told or heard since is listed, service by service, and nothing that is the same on both sides. A payout that
was sent is not sent again.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest import mock
from uuid import UUID

import pytest

from joust_contracts.services import ServiceName
from joust_embedded.bounty.client import Party
from joust_embedded.stack import Stack
from joust_kit.messaging.reconcile import Difference, reconcile
from joust_kit.service import Runtime
from joust_wallet.bootstrap import create_service
from joust_wallet.withdrawals.reconciling import adopt
from tests.conftest import FOR_TESTS
from tests.support import checkers, remembering_rail
from tests.support.arena import Arena, eventually, submit_and_wait
from tests.support.commands import run_command
from tests.support.dropping import open_drop, over, submit
from tests.support.parts import of_tests
from tests.support.remembering_rail import RememberingRail
from tests.support.restoring import Backups
from tests.support.services import service_of

pytestmark = [pytest.mark.faults, pytest.mark.campaign]

GONE = "a row refers to it, and it is not there"
UNKNOWN = "it was put there, and no row refers to it"

Found = dict[ServiceName, list[Difference]]


@dataclass(frozen=True)
class Drill:
    """A stack whose wallet pays by a provider with a memory of its own."""

    stack: Stack
    folder: Path
    rail: RememberingRail

    async def reconciled(self, since: datetime) -> Found:
        """What each service finds."""
        found: Found = {}
        for name in ServiceName:
            service = service_of(self.stack, name)
            if name is ServiceName.WALLET:
                service = create_service(service.settings, payout_provider=self.rail)  # type: ignore[arg-type]
            runtime = Runtime(service)
            try:
                found[name] = await reconcile(runtime, since)
            finally:
                await runtime.database.close()
        return found


@pytest.fixture
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    folder = tmp_path_factory.mktemp("rail")
    with ExitStack() as context:
        soon = {"JOUST_SUBMISSION_WORKSPACE_REMOVAL_DELAY": "PT0S"}
        environment = {**FOR_TESTS, **soon, remembering_rail.VARIABLE: str(folder)}
        context.enter_context(mock.patch.dict(os.environ, environment))
        settings = of_tests(tmp_path_factory.mktemp("restored"))
        stack = context.enter_context(Stack.running(settings, run_by=["-P", remembering_rail.__file__]))
        yield Drill(stack, folder, RememberingRail(folder))


async def withdraw(party: Party, cents: int) -> str:
    return str((await party.post("/api/v1/wallet/withdrawals", {"amount_cents": cents}))["id"])


async def is_paid(party: Party, withdrawal: str) -> None:
    async def paid() -> bool:
        listed = (await party.get("/api/v1/wallet/withdrawals"))["data"]
        return any(each["id"] == withdrawal and each["status"] == "paid" for each in listed)

    await eventually(paid, seconds=90)


async def test_all_that_was_lost_is_listed_and_nothing_is_paid_out_twice(drill: Drill) -> None:
    stack, arena = drill.stack, Arena(drill.stack, patience_seconds=60)
    began = datetime.now(UTC)
    poster, saver = await arena.sign_up("Poster", cents=1000), await arena.sign_up("Saver", cents=1000)
    worker, late = await arena.sign_up("Worker"), await arena.sign_up("Late")
    account = {"payout_method": "stripe_usd", "payout_address": "acct_1"}
    (await saver.http.put("/api/v1/wallet", json=account)).raise_for_status()
    old_task = await arena.open_task(poster)
    await submit_and_wait(worker, old_task["id"])
    drop = await open_drop(poster, time_limit_seconds=7200)
    paid = await withdraw(saver, 10)
    await is_paid(saver, paid)
    await saver.post("/api/v1/workspace/files", {"path": "note", "content_base64": "eA=="})
    (drill.folder / "silent").touch()
    in_flight = await withdraw(saver, 20)
    await eventually(lambda: was_asked(drill, in_flight))
    await checkers.events_are_complete(stack)
    assert found_ids(await drill.reconciled(began)) == {}

    backup = await Backups(stack).take()
    since = datetime.now(UTC)
    (drill.folder / "silent").unlink()
    await is_paid(saver, in_flight)
    forgotten = await withdraw(saver, 300)
    await is_paid(saver, forgotten)
    await submit(worker, drop["id"])
    await poster.post(f"/api/jobs/{drop['id']}/cancel")
    assert (await over(poster, drop["id"]))["status"] == "verified"
    new_task = await arena.open_task(poster)
    lost = await submit_and_wait(late, new_task["id"])
    await saver.post("/api/v1/workspace/files", {"path": "note", "content_base64": "eQ=="})
    newcomer = await arena.sign_up("Newcomer")
    await checkers.events_are_complete(stack)
    assert await lists_the_same(drill, since) == set()

    await Backups(stack).restore(backup)
    await checkers.wait_until_quiet(stack)
    found = await drill.reconciled(since)
    ids = found_ids(found)
    assert {new_task["id"], drop["id"]} <= ids[ServiceName.TASK]
    assert {lost["id"], drop["id"]} <= ids[ServiceName.SUBMISSION]
    objects = [each for each in found[ServiceName.SUBMISSION] if each.kind == "object"]
    # The artifact of what was lost, and the newer of two files at one path; the older one was removed since.
    assert sorted(each.detail for each in objects) == [GONE, UNKNOWN, UNKNOWN]
    assert any(lost["id"] in each.subject for each in objects)
    assert drop["id"] in ids[ServiceName.EVALUATION]
    assert newcomer.account_id in ids[ServiceName.GATEWAY]
    assert {drop["id"], forgotten} <= ids[ServiceName.WALLET]
    assert not {old_task["id"], paid} & set().union(*ids.values())
    for name in (ServiceName.WALLET, ServiceName.RANKING, ServiceName.WEBHOOK):
        assert "unheard" in {each.kind for each in found[name]}
    assert await run_command(stack, "task", "reconcile", "--since", since.strftime("%Y-%m-%dT%H:%M:%S")) == 1

    await is_paid(saver, in_flight)
    assert drill.rail.times_asked(in_flight) >= 3
    assert {each.order.idempotency_key for each in await drill.rail.sent_since(began)} == {
        *(paid, in_flight, forgotten)
    }
    assert (await saver.balance())["available_cents"] == 970
    await book(drill, forgotten, saver, since)
    assert (await saver.balance())["available_cents"] == 670
    payouts = [each for each in (await drill.reconciled(since))[ServiceName.WALLET] if each.kind == "payout"]
    assert payouts == []
    await checkers.ledger_adds_up(stack)
    await goes_on(arena, poster)
    await arena.close()


async def was_asked(drill: Drill, withdrawal: str) -> bool:
    return (drill.folder / f"{withdrawal}.asked").exists()


async def lists_the_same(drill: Drill, since: datetime) -> set[str]:
    """What is listed while both sides know the same."""
    return set().union(*found_ids(await drill.reconciled(since)).values())


def found_ids(found: Found) -> dict[ServiceName, set[str]]:
    """Of what was forgotten or paid, by service, if there is anything."""
    named = {
        name: {each.subject for each in listed if each.kind != "unheard"} for name, listed in found.items()
    }
    return {name: ids for name, ids in named.items() if ids}


async def book(drill: Drill, payout: str, owner: Party, since: datetime) -> None:
    """As ``adopt-payout`` does, which would ask the provider of the settings."""
    (sent,) = [each for each in await drill.rail.sent_since(since) if each.order.idempotency_key == payout]
    runtime = Runtime(service_of(drill.stack, ServiceName.WALLET))
    try:
        async with runtime.database.transaction() as unit:
            await adopt(unit, sent, UUID(owner.account_id))
    finally:
        await runtime.database.close()


async def goes_on(arena: Arena, poster: Party) -> None:
    """New work, from who was there before, is done and paid as ever."""
    agent = await arena.sign_up("Agent")
    drop = await open_drop(poster, time_limit_seconds=7200)
    await submit(agent, drop["id"])
    await poster.post(f"/api/jobs/{drop['id']}/cancel")
    assert (await over(poster, drop["id"]))["status"] == "verified"
