"""The journal: whatever is changed of what was written, its verification finds it (S19)."""

import asyncio
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from joust_kit.testing.component import an_actor
from joust_wallet import app
from joust_wallet.ledger.verification import Head, read, verify_journal, written
from services.wallet.tests.guards import unguarded
from services.wallet.tests.market import Market

_MINE = "(SELECT id FROM wallet.accounts WHERE owner_id = :owner AND kind = 'available')"
_POSTING = f"account_id = {_MINE} AND account_version = 2"
_TRANSFER = f"id = (SELECT transfer_id FROM wallet.postings WHERE {_POSTING})"


@pytest.fixture
async def busy(market: Market) -> Market:
    """A poster with three lines: a deposit, a deal that was paid, and another deposit."""
    await market.deposit(1000)
    await market.deal(an_actor("agent"), 600)
    await market.deposit(50)
    return market


async def rules(session: Any, since: dict[Any, Head] | None = None) -> set[str]:
    return {each.rule for each in (await verify_journal(session, since)).found}


async def damage(session: Any, market: Market, statement: str) -> None:
    changed = await session.execute(text(statement), {"owner": market.poster.account_id})
    assert changed.rowcount >= 1


async def test_what_was_written_and_left_alone_is_verified(busy: Market) -> None:
    async with busy.wallet.database.transaction() as unit:
        done = await verify_journal(unit.session)
    assert done.found == []
    assert done.lines >= 7
    assert len(done.heads) >= 4


@pytest.mark.parametrize(
    "change",
    [
        "amount_cents = amount_cents + 1",
        "previous_balance_cents = 0",
        "balance_after_cents = balance_after_cents - 1",
        "hash = sha256('')",
        "account_version = 7",
        "transfer_id = (SELECT transfer_id FROM wallet.postings ORDER BY id DESC LIMIT 1)",
    ],
)
async def test_a_line_that_was_changed_is_found(busy: Market, change: str) -> None:
    async with unguarded(busy.wallet) as unit:
        await damage(unit.session, busy, f"UPDATE wallet.postings SET {change} WHERE {_POSTING}")
        assert "line_was_changed" in await rules(unit.session)


@pytest.mark.parametrize(
    "change",
    [
        "idempotency_key = idempotency_key || 'x'",
        "kind = 'deposit'",
        "cause = gen_random_uuid()",
        "fingerprint = sha256('')",
        "postings_count = postings_count + 1",
        "created_at = created_at - interval '1 microsecond'",
    ],
)
async def test_a_transfer_that_was_changed_is_found(busy: Market, change: str) -> None:
    async with unguarded(busy.wallet) as unit:
        await damage(unit.session, busy, f"UPDATE wallet.transfers SET {change} WHERE {_TRANSFER}")
        assert "line_was_changed" in await rules(unit.session)


async def test_a_line_that_was_taken_out_is_found(busy: Market) -> None:
    async with unguarded(busy.wallet) as unit:
        await damage(unit.session, busy, f"DELETE FROM wallet.postings WHERE {_POSTING}")
        assert "line_is_missing" in await rules(unit.session)


async def test_an_end_that_was_cut_off_is_found_by_the_heads_of_an_earlier_run(busy: Market) -> None:
    async with unguarded(busy.wallet) as unit:
        before = await verify_journal(unit.session)
        kept = read(written(before.heads))
        assert kept == before.heads
        assert await rules(unit.session, kept) == set()
        last = _POSTING.replace("= 2", "= 3")
        await damage(unit.session, busy, f"DELETE FROM wallet.postings WHERE {last}")
        assert await rules(unit.session, kept) == {"history_is_cut"}


async def test_a_past_that_was_written_anew_is_found_by_the_heads_of_an_earlier_run(busy: Market) -> None:
    async with unguarded(busy.wallet) as unit:
        before = (await verify_journal(unit.session)).heads
        await damage(unit.session, busy, f"UPDATE wallet.transfers SET kind = 'deposit' WHERE {_TRANSFER}")
        await unit.session.execute(text(hash_anew()))
        assert await rules(unit.session) == set()
        assert await rules(unit.session, before) == {"history_is_another"}


async def test_the_migration_hashes_what_was_there_as_the_service_does(busy: Market) -> None:
    async with unguarded(busy.wallet) as unit:
        await unit.session.execute(text("UPDATE wallet.postings SET hash = sha256('')"))
        await unit.session.execute(text(hash_anew()))
        assert await rules(unit.session) == set()


async def test_the_command_says_what_it_verified_and_keeps_the_heads(busy: Market, tmp_path: Path) -> None:
    file = tmp_path / "heads"
    settings = busy.wallet.service.settings
    with mock.patch.object(app, "WalletSettings", return_value=settings):
        run = CliRunner().invoke
        first = await asyncio.to_thread(run, app.cli, ["verify", "--heads", str(file)])
        again = await asyncio.to_thread(run, app.cli, ["verify", "--since", str(file)])
    assert first.exit_code == again.exit_code == 0, first.output + again.output
    assert first.output.startswith("verified ")
    assert len(file.read_text().splitlines()) >= 4


def hash_anew() -> str:
    migration = import_module("joust_wallet.migrations.versions.0007_chain_the_journal")
    return str(migration._HASH_WHAT_IS_THERE)
