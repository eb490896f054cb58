"""The auditor finds what the database would never let happen: here its guards are switched off first."""

import pytest
from sqlalchemy import text

from joust_kit.testing.component import an_actor
from joust_wallet.ledger.audit import find_violations
from services.wallet.tests.guards import broken_rules, recently_broken_rules, unguarded
from services.wallet.tests.market import Market

_NEWEST = "(SELECT max(id) FROM wallet.postings)"


@pytest.fixture
async def busy_market(market: Market) -> Market:
    """Deposits, a settled deal and a pending one."""
    agent = an_actor("agent")
    await market.deposit(1000)
    await market.deal(agent, 600)
    await market.deal(agent, 5000)
    return market


async def test_a_sound_ledger_has_no_violation(busy_market: Market) -> None:
    async with busy_market.wallet.database.reading() as session:
        assert await broken_rules(session) == set()
        assert await recently_broken_rules(session) == set()


@pytest.mark.parametrize(
    ("damage", "rules"),
    [
        (
            f"UPDATE wallet.postings SET amount_cents = amount_cents + 1 WHERE id = {_NEWEST}",
            {
                "transfer_unbalanced",
                "postings_do_not_sum_to_0",
                "balance_is_not_its_postings",
                "chain_is_broken",
            },
        ),
        (
            f"DELETE FROM wallet.postings WHERE id = {_NEWEST}",
            {"transfer_unbalanced", "transfer_incomplete", "version_is_not_its_postings"},
        ),
        (
            f"DELETE FROM wallet.transfers WHERE id = (SELECT transfer_id FROM wallet.postings WHERE id = {_NEWEST})",
            {"posting_without_transfer", "settled_deal_is_unpaid"},
        ),
        (
            "UPDATE wallet.accounts SET balance_cents = balance_cents + 1 WHERE kind = 'platform_fees'",
            {"balances_do_not_sum_to_0", "balance_is_not_its_postings"},
        ),
        (
            "UPDATE wallet.accounts SET version = version + 1 WHERE kind = 'platform_fees'",
            {"version_is_not_its_postings"},
        ),
        (
            f"UPDATE wallet.postings SET previous_balance_cents = 77 WHERE id = {_NEWEST}",
            {"chain_is_broken"},
        ),
        (
            f"UPDATE wallet.postings SET account_version = account_version + 1 WHERE id = {_NEWEST}",
            {"chain_is_broken"},
        ),
        (
            "UPDATE wallet.accounts SET balance_cents = -1 WHERE kind = 'available' AND version > 0",
            {"balance_is_negative", "balance_is_not_its_postings"},
        ),
        (
            "UPDATE wallet.postings SET balance_after_cents = -1 WHERE account_id = (SELECT account_id"
            f" FROM wallet.postings WHERE id = {_NEWEST})",
            {"balance_was_negative", "chain_is_broken"},
        ),
        (
            "UPDATE wallet.deals SET status = 'settled', settled_at = now() WHERE status = 'pending'",
            {"settled_deal_is_unpaid"},
        ),
        (
            "UPDATE wallet.deals SET status = 'pending', settled_at = NULL WHERE status = 'settled'",
            {"payment_without_settled_deal"},
        ),
        (
            "UPDATE wallet.deals SET value_cents = value_cents + 1 WHERE status = 'settled'",
            {"payment_is_not_the_deals"},
        ),
        (
            "UPDATE wallet.transfers SET kind = 'deal', cause = (SELECT max(cause::text)::uuid"
            " FROM wallet.transfers WHERE kind = 'deal')",
            {"deal_is_paid_more_than_once", "payment_is_not_the_deals"},
        ),
    ],
)
async def test_the_auditor_finds(busy_market: Market, damage: str, rules: set[str]) -> None:
    async with unguarded(busy_market.wallet) as unit:
        await unit.session.execute(text(damage))
        assert rules <= await broken_rules(unit.session)


async def test_a_rule_that_is_broken_more_often_than_is_listed_hides_no_other(busy_market: Market) -> None:
    async with unguarded(busy_market.wallet) as unit:
        await unit.session.execute(
            text("UPDATE wallet.accounts SET version = version + 1, balance_cents = -1")
        )
        found = await find_violations(unit.session, limit=1)
    assert sorted(each.rule for each in found) == [
        "balance_is_negative",
        "balance_is_not_its_postings",
        "balances_do_not_sum_to_0",
        "version_is_not_its_postings",
    ]


@pytest.mark.parametrize(
    ("damage", "rules"),
    [
        (
            f"UPDATE wallet.postings SET amount_cents = amount_cents + 1 WHERE id = {_NEWEST}",
            {"transfer_unbalanced", "chain_is_broken"},
        ),
        (
            f"DELETE FROM wallet.postings WHERE id = {_NEWEST}",
            {"transfer_unbalanced", "transfer_incomplete", "balance_is_not_its_postings"},
        ),
        (
            f"DELETE FROM wallet.transfers WHERE id = (SELECT transfer_id FROM wallet.postings WHERE id = {_NEWEST})",
            {"transfer_incomplete"},
        ),
        (
            "UPDATE wallet.accounts SET balance_cents = balance_cents + 1 WHERE kind = 'platform_fees'",
            {"balances_do_not_sum_to_0", "balance_is_not_its_postings"},
        ),
        (
            "UPDATE wallet.accounts SET version = version + 1 WHERE kind = 'platform_fees'",
            {"balance_is_not_its_postings"},
        ),
        (
            f"UPDATE wallet.postings SET previous_balance_cents = 77 WHERE id = {_NEWEST}",
            {"chain_is_broken"},
        ),
        (
            f"UPDATE wallet.postings SET account_version = account_version + 1 WHERE id = {_NEWEST}",
            {"chain_is_broken", "balance_is_not_its_postings"},
        ),
        (
            "UPDATE wallet.accounts SET balance_cents = -1 WHERE kind = 'available' AND version > 0",
            {"balance_is_negative", "balance_is_not_its_postings", "balances_do_not_sum_to_0"},
        ),
    ],
)
async def test_damage_to_what_is_new_is_found_without_reading_everything(
    busy_market: Market, damage: str, rules: set[str]
) -> None:
    async with unguarded(busy_market.wallet) as unit:
        await unit.session.execute(text(damage))
        assert rules <= await recently_broken_rules(unit.session)
