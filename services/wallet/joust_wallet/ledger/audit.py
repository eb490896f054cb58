"""The auditor: reads the whole ledger and names whatever is wrong with it.

The database's own constraints make each of these impossible; the auditor proves it, after every fault and
while load runs. All checks are one statement and so see one snapshot. ``find_violations`` reads every
posting: give it a connection whose timeout fits the size of the ledger. ``find_recent_violations`` reads the
newest postings and the accounts, however long the ledger has become.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

_AUDIT_LOCK = (7002, 1)
"""Advisory lock of the one process that audits everything."""

_BALANCES_CHECK = """
    SELECT currency, sum(balance_cents)::text FROM wallet.accounts
    GROUP BY currency HAVING sum(balance_cents) <> 0
"""

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
    "balances_do_not_sum_to_0": _BALANCES_CHECK,
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

_NEWEST = "WITH newest AS MATERIALIZED (SELECT * FROM wallet.postings ORDER BY id DESC LIMIT :newest)"

# A line that follows on the one before it, and an account that shows its last line: what holds for each of
# them holds for the sum of them all.
_RECENT_CHECKS = {
    "transfer_unbalanced": """
        SELECT transfer_id::text, currency || ' sums to ' || sum(amount_cents)
        FROM wallet.postings JOIN wallet.accounts ON accounts.id = account_id
        WHERE transfer_id IN (SELECT transfer_id FROM newest)
        GROUP BY transfer_id, currency HAVING sum(amount_cents) <> 0
    """,
    "transfer_incomplete": """
        SELECT lines.transfer_id::text, found || ' postings instead of ' || coalesce(postings_count, 0)
        FROM (
            SELECT transfer_id, count(*) AS found FROM wallet.postings
            WHERE transfer_id IN (SELECT transfer_id FROM newest) GROUP BY transfer_id
        ) AS lines LEFT JOIN wallet.transfers ON transfers.id = lines.transfer_id
        WHERE found IS DISTINCT FROM postings_count
    """,
    "chain_is_broken": """
        SELECT newest.id::text, 'version ' || newest.account_version || ' of account ' || newest.account_id
        FROM newest LEFT JOIN wallet.postings AS before
            ON before.account_id = newest.account_id AND before.account_version = newest.account_version - 1
        WHERE newest.previous_balance_cents + newest.amount_cents <> newest.balance_after_cents
            OR newest.previous_balance_cents <> coalesce(before.balance_after_cents, 0)
            OR (newest.account_version > 1 AND before.id IS NULL)
    """,
    "balance_is_not_its_postings": """
        SELECT accounts.id::text, balance_cents || ' at version ' || version || ' instead of '
            || balance_after_cents || ' at version ' || account_version
        FROM wallet.accounts CROSS JOIN LATERAL (
            SELECT account_version, balance_after_cents FROM wallet.postings
            WHERE account_id = accounts.id ORDER BY account_version DESC LIMIT 1
        ) AS last
        WHERE accounts.id IN (SELECT account_id FROM newest)
            AND (version, balance_cents) <> (account_version, balance_after_cents)
    """,
    "balances_do_not_sum_to_0": _BALANCES_CHECK,
    "balance_is_negative": _CHECKS["balance_is_negative"],
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
    """What is wrong with the ledger, at most ``limit`` lines for each rule; empty if it is sound."""
    return await run_checks(session, _CHECKS, limit)


async def find_recent_violations(
    session: AsyncSession, *, newest: int = 1000, limit: int = 1000
) -> list[Violation]:
    """What is wrong with the ``newest`` postings, their transfers and accounts, or with any balance; at most
    ``limit`` lines for each rule."""
    return await run_checks(session, _RECENT_CHECKS, limit, preface=_NEWEST, newest=newest)


async def run_checks(
    session: AsyncSession, checks: dict[str, str], limit: int, *, preface: str = "", **values: int
) -> list[Violation]:
    """Run queries for (subject, detail), by name of the rule that they find broken, on one snapshot.

    Returns at most ``limit`` lines of each. ``preface`` is a WITH that the queries share, ``values`` are its
    parameters.
    """
    parts = [
        # Bounded each for itself: a rule that thousands of accounts break hides no other.
        f"(SELECT '{rule}', * FROM ({query}) AS found (subject, detail) LIMIT :limit)"  # noqa: S608 - ours
        for rule, query in checks.items()
    ]
    statement = text(preface + " UNION ALL ".join(parts))
    rows = (await session.execute(statement, {"limit": limit, **values})).all()
    return [Violation(rule, subject, detail) for rule, subject, detail in rows]


async def is_the_auditor(session: AsyncSession) -> bool:
    """True if no other transaction audits everything; until this one ends no other will."""
    return bool(await session.scalar(select(func.pg_try_advisory_xact_lock(*_AUDIT_LOCK))))
