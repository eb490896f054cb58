"""The auditor of escrows: their states against the ledger's postings, and all that is held."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_wallet.ledger.audit import Violation, run_checks

_CHECKS = {
    "held_is_not_what_is_open": """
        SELECT coalesce(accounts.id::text, causes.owner_id || '/' || causes.currency),
            coalesce(balance_cents, 0) || ' held for what needs ' || coalesce(cents, 0)
        FROM (SELECT * FROM wallet.accounts WHERE kind = 'held') AS accounts
        FULL JOIN (
            SELECT owner_id, currency, sum(amount_cents) AS cents FROM (
                SELECT payer_id AS owner_id, currency, amount_cents FROM wallet.escrows WHERE status = 'held'
                UNION ALL
                SELECT account_id, currency, amount_cents FROM wallet.withdrawals WHERE ended_at IS NULL
            ) AS open GROUP BY owner_id, currency
        ) AS causes ON causes.owner_id = accounts.owner_id AND causes.currency = accounts.currency
        WHERE coalesce(balance_cents, 0) <> coalesce(cents, 0)
    """,
    "escrow_without_its_hold": """
        SELECT escrows.id::text, status FROM wallet.escrows
        LEFT JOIN wallet.transfers ON idempotency_key = 'escrow:' || escrows.id
        WHERE (held_at IS NOT NULL) <> (transfers.id IS NOT NULL)
    """,
    "hold_without_an_escrow": """
        SELECT transfers.id::text, 'of ' || cause FROM wallet.transfers
        LEFT JOIN wallet.escrows ON escrows.id = cause
        WHERE transfers.kind = 'escrow_hold' AND held_at IS NULL
    """,
    "escrow_without_its_end": """
        SELECT escrows.id::text, status FROM wallet.escrows
        LEFT JOIN wallet.transfers ON idempotency_key = 'escrow-end:' || escrows.id
        WHERE transfers.kind IS DISTINCT FROM CASE
            WHEN status = 'paid' THEN 'escrow_payout'
            WHEN status = 'released' AND released_cents > 0 THEN 'escrow_refund'
        END
    """,
    "end_without_an_escrow": """
        SELECT transfers.id::text, transfers.kind || ' of ' || cause FROM wallet.transfers
        LEFT JOIN wallet.escrows ON escrows.id = cause
        WHERE transfers.kind IN ('escrow_payout', 'escrow_refund') AND ended_at IS NULL
    """,
    "payouts_are_not_the_amount": """
        SELECT escrows.id::text, payouts::text FROM wallet.escrows
        WHERE status = 'paid' AND amount_cents <> (
            SELECT sum((payout ->> 'amount_cents')::bigint) FROM jsonb_array_elements(payouts) AS payout
        )
    """,
    "escrow_moved_another_amount": """
        SELECT escrows.id::text, transfers.kind || ' of ' || postings.amount_cents
        FROM wallet.escrows
        JOIN wallet.transfers ON cause = escrows.id
            AND transfers.kind IN ('escrow_hold', 'escrow_payout', 'escrow_refund')
        JOIN wallet.postings ON transfer_id = transfers.id
        JOIN wallet.accounts ON accounts.id = account_id AND accounts.kind = 'held'
        WHERE (owner_id, accounts.currency, abs(postings.amount_cents))
            <> (payer_id, escrows.currency, escrows.amount_cents)
    """,
}


async def find_violations(session: AsyncSession, *, limit: int = 1000) -> list[Violation]:
    """Escrows whose money is elsewhere than they say; empty if there is none."""
    return await run_checks(session, _CHECKS, limit)
