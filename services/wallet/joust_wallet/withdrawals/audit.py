"""The auditor of withdrawals: their states against the ledger's postings."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_wallet.ledger.audit import Violation, run_checks

_CHECKS = {
    "withdrawal_without_its_hold": """
        SELECT withdrawals.id::text, status FROM wallet.withdrawals
        LEFT JOIN wallet.transfers ON idempotency_key = 'withdrawal:' || withdrawals.id
        WHERE transfers.id IS NULL
    """,
    "withdrawal_without_its_end": """
        SELECT withdrawals.id::text, status FROM wallet.withdrawals
        LEFT JOIN wallet.transfers ON idempotency_key = 'withdrawal-end:' || withdrawals.id
        WHERE transfers.kind IS DISTINCT FROM CASE status
            WHEN 'paid' THEN 'withdrawal_payout' WHEN 'failed' THEN 'withdrawal_reversal'
        END
    """,
    "transfer_without_its_withdrawal": """
        SELECT transfers.id::text, transfers.kind || ' of ' || cause FROM wallet.transfers
        LEFT JOIN wallet.withdrawals ON withdrawals.id = cause
        WHERE withdrawals.id IS NULL
            AND transfers.kind IN ('withdrawal', 'withdrawal_payout', 'withdrawal_reversal')
    """,
    "withdrawal_moved_another_amount": """
        SELECT withdrawals.id::text, transfers.kind || ' of ' || postings.amount_cents
        FROM wallet.withdrawals
        JOIN wallet.transfers ON cause = withdrawals.id
            AND transfers.kind IN ('withdrawal', 'withdrawal_payout', 'withdrawal_reversal')
        JOIN wallet.postings ON transfer_id = transfers.id
        JOIN wallet.accounts ON accounts.id = postings.account_id AND accounts.kind = 'held'
        WHERE (owner_id, accounts.currency, abs(postings.amount_cents))
            <> (withdrawals.account_id, withdrawals.currency, withdrawals.amount_cents)
    """,
}


async def find_violations(session: AsyncSession, *, limit: int = 1000) -> list[Violation]:
    """Withdrawals whose money is elsewhere than they say; empty if there is none."""
    return await run_checks(session, _CHECKS, limit)
