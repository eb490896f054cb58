"""The auditor at work: it runs with the service, shows its findings as a metric, and alarms."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import event, text
from structlog.testing import capture_logs

from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.auditor import Auditor
from joust_wallet.bootstrap import create_service
from joust_wallet.ledger.audit import Violation
from services.wallet.tests.market import Market


def auditor_of(wallet: ServiceUnderTest, **settings: Any) -> Auditor:
    chosen: Any = wallet.service.settings.model_copy(update=settings)
    return Auditor(wallet.database, chosen)


def metric(name: str, audit: str) -> float | None:
    return REGISTRY.get_sample_value(f"joust_ledger_{name}", {"audit": audit})


async def audited_again() -> None:
    before = metric("audited_timestamp_seconds", "newest")
    async with asyncio.timeout(20):
        while metric("audited_timestamp_seconds", "newest") == before:
            await asyncio.sleep(0.02)


async def in_full(auditor: Auditor) -> list[Violation]:
    """What it finds once no other looks at everything: the service's own begins with that."""
    async with asyncio.timeout(20):
        while (found := await auditor.audit_everything()) is None:
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def damaged(market: Market) -> AsyncIterator[ServiceUnderTest]:
    """A ledger in which a cent was conjured up, past all guards; mended after the test."""
    await market.deposit(100)
    wallet = market.wallet
    change = "UPDATE wallet.accounts SET balance_cents = balance_cents + {} WHERE owner_id = :owner AND kind = 'available'"
    await unchecked(wallet, change.format(1), market)
    yield wallet
    await unchecked(wallet, change.format(-1), market)


async def unchecked(wallet: ServiceUnderTest, statement: str, market: Market) -> None:
    async with wallet.database.transaction() as unit:
        await unit.session.execute(text("SET LOCAL session_replication_role = replica"))
        await unit.session.execute(text(statement), {"owner": market.poster.account_id})


async def test_a_sound_ledger_shows_0(market: Market) -> None:
    await market.deposit(100)
    auditor = auditor_of(market.wallet)
    assert await auditor.audit_newest() == []
    assert await in_full(auditor) == []
    assert (metric("violations", "newest"), metric("violations", "everything")) == (0, 0)


async def test_a_cent_from_nowhere_is_counted_and_logged_as_an_alarm(damaged: ServiceUnderTest) -> None:
    auditor = auditor_of(damaged)
    with capture_logs() as logs:
        newest, everything = await auditor.audit_newest(), await in_full(auditor)
    assert newest
    assert everything
    assert metric("violations", "newest") == len(newest)
    assert metric("violations", "everything") == len(everything)
    alarms = [each for each in logs if each["log_level"] == "critical"]
    assert {each["rule"] for each in alarms} >= {"balances_do_not_sum_to_0", "balance_is_not_its_postings"}
    assert all(each["subject"] and each["detail"] for each in alarms)


async def test_the_service_audits_again_and_again_for_as_long_as_it_runs(damaged: ServiceUnderTest) -> None:
    settings: Any = damaged.service.settings.model_copy(update={"audit_interval_seconds": 0.02})
    service = create_service(settings)
    assert service.open_resources is not None
    async with service.open_resources(damaged.runtime):
        for _ in range(3):
            await audited_again()
    assert (metric("violations", "newest") or 0) > 0
    assert (metric("violations", "everything") or 0) > 0


async def test_one_process_at_a_time_reads_everything(market: Market) -> None:
    await market.deposit(100)
    async with holding_the_audit(market.wallet):
        assert await auditor_of(market.wallet).audit_everything() is None
    assert await in_full(auditor_of(market.wallet)) == []


@asynccontextmanager
async def holding_the_audit(wallet: ServiceUnderTest) -> AsyncIterator[None]:
    """Another process is at its audit of everything for the length of the block."""
    url = str(wallet.service.settings.database_url).replace("postgresql+asyncpg://", "postgresql://")
    other = await asyncpg.connect(url)
    try:
        async with other.transaction():
            assert await other.fetchval("SELECT pg_try_advisory_xact_lock(7002, 1)")
            yield
    finally:
        await other.close()


async def test_an_audit_of_everything_may_take_longer_than_a_request(market: Market) -> None:
    await market.deposit(100)
    auditor = auditor_of(market.wallet, database_statement_timeout_seconds=0.001, audit_timeout_seconds=30)
    assert await in_full(auditor) == []


async def test_an_audit_of_the_newest_is_one_statement_and_so_one_snapshot(market: Market) -> None:
    await market.deposit(1)
    seen: list[object] = []
    engine = market.wallet.database.engine.sync_engine

    def note(*arguments: object) -> None:
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        await auditor_of(market.wallet).audit_newest()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 1
