"""The auditor: reads the whole ledger and names whatever is wrong with it.

The database's own constraints make each of these impossible; the auditor proves it, after every fault and
while load runs. All checks are one statement and so see one snapshot. It reads every posting: give it a
connection whose timeout fits the size of the ledger.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_CHECKS = {
    "transfer_unbalanced": """
        SELECT transfer_id::text, currency || ' sums to ' || sum(amount_cents)
        FROM wallet.postings JOIN wallet.accounts ON accounts.id = account_id
        GROUP BY transfer_id, currency HAVING sum(amount_cents) <> 0
    """,
    "transfer_incomplete": """
        SELECT transfers.id::text, count(postings.id) || ' postings instead of ' || postings_count
        FROM wallet.transfers LEFT JOIN wallet.postings ON transfer_id = transfers.id
        GROUP BY transfers.id HAVING count(postings.id) <> postings_count
    """,
    "posting_without_transfer": """
        SELECT postings.id::text, 'of transfer ' || transfer_id
        FROM wallet.postings LEFT JOIN wallet.transfers ON transfers.id = transfer_id
        WHERE transfers.id IS NULL
    """,
    "postings_do_not_sum_to_0": """
        SELECT currency, sum(amount_cents)::text
        FROM wallet.postings JOIN wallet.accounts ON accounts.id = account_id
        GROUP BY currency HAVING sum(amount_cents) <> 0
    """,
    "balances_do_not_sum_to_0": """
        SELECT currency, sum(balance_cents)::text FROM wallet.accounts
        GROUP BY currency HAVING sum(balance_cents) <> 0
    """,
    "balance_is_not_its_postings": """
        SELECT accounts.id::text, balance_cents || ' instead of ' || coalesce(sum(amount_cents), 0)
        FROM wallet.accounts LEFT JOIN wallet.postings ON account_id = accounts.id
        GROUP BY accounts.id HAVING balance_cents <> coalesce(sum(amount_cents), 0)
    """,
    "version_is_not_its_postings": """
        SELECT accounts.id::text, version || ' instead of ' || count(postings.id)
        FROM wallet.accounts LEFT JOIN wallet.postings ON account_id = accounts.id
        GROUP BY accounts.id HAVING version <> count(postings.id)
    """,
    "chain_is_broken": """
        SELECT id::text, 'version ' || account_version || ' of account ' || account_id FROM (
            SELECT *,
                row_number() OVER chain AS place,
                lag(balance_after_cents, 1, 0::bigint) OVER chain AS before
            FROM wallet.postings WINDOW chain AS (PARTITION BY account_id ORDER BY account_version, id)
        ) AS line
        WHERE place <> account_version OR before <> previous_balance_cents
            OR previous_balance_cents + amount_cents <> balance_after_cents
    """,
    "balance_is_negative": """
        SELECT id::text, balance_cents::text FROM wallet.accounts
        WHERE balance_cents < 0 AND kind NOT IN ('external_funding', 'external_payout')
    """,
    "balance_was_negative": """
        SELECT postings.id::text, balance_after_cents || ' on account ' || account_id
        FROM wallet.postings JOIN wallet.accounts ON accounts.id = account_id
        WHERE balance_after_cents < 0 AND kind NOT IN ('external_funding', 'external_payout')
    """,
}


@dataclass(frozen=True)
class Violation:
    """One thing that is wrong."""

    rule: str
    """Name of the check."""
    subject: str
    """Id of the transfer, posting or account, or the currency."""
    detail: str


async def find_violations(session: AsyncSession, *, limit: int = 1000) -> list[Violation]:
    """Everything that is wrong with the ledger, at most ``limit`` lines; empty if it is sound."""
    return await run_checks(session, _CHECKS, limit)


async def run_checks(session: AsyncSession, checks: dict[str, str], limit: int) -> list[Violation]:
    """Run queries for (subject, detail), by name of the rule that they find broken, on one snapshot."""
    parts = [
        f"SELECT '{rule}', * FROM ({query}) AS found (subject, detail)"  # noqa: S608 - constants of ours
        for rule, query in checks.items()
    ]
    statement = text(" UNION ALL ".join(parts) + " LIMIT :limit")
    rows = (await session.execute(statement, {"limit": limit})).all()
    return [Violation(rule, subject, detail) for rule, subject, detail in rows]
