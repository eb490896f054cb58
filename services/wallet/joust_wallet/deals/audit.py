"""The auditor of deals: their states against the ledger's postings."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_wallet.ledger.audit import Violation, run_checks

_CHECKS = {
    "settled_deal_is_unpaid": """
        SELECT deals.id::text, value_cents::text
        FROM wallet.deals LEFT JOIN wallet.transfers ON idempotency_key = 'deal:' || deals.id
        WHERE status = 'settled' AND transfers.id IS NULL
            AND value_cents > 0 AND (poster_id <> agent_account_id OR platform_fee_cents > 0)
    """,
    "payment_without_settled_deal": """
        SELECT transfers.id::text, coalesce(status, 'no deal')
        FROM wallet.transfers LEFT JOIN wallet.deals ON deals.id = cause
        WHERE transfers.kind = 'deal' AND status IS DISTINCT FROM 'settled'
    """,
    "deal_is_paid_more_than_once": """
        SELECT cause::text, count(*) || ' payments' FROM wallet.transfers
        WHERE kind = 'deal' GROUP BY cause HAVING count(*) > 1
    """,
    "payment_is_not_the_deals": """
        SELECT deals.id::text, 'account ' || account_id || ' got ' || amount_cents
        FROM wallet.deals
        JOIN wallet.transfers ON transfers.cause = deals.id AND transfers.kind = 'deal'
        JOIN wallet.postings ON transfer_id = transfers.id
        JOIN wallet.accounts ON accounts.id = account_id
        WHERE accounts.currency <> deals.currency OR amount_cents <> CASE
            WHEN accounts.kind = 'platform_fees' THEN platform_fee_cents
            WHEN accounts.kind <> 'available' THEN 0
            ELSE CASE WHEN owner_id = poster_id THEN -value_cents ELSE 0 END
                + CASE WHEN owner_id = agent_account_id THEN value_cents - platform_fee_cents ELSE 0 END
        END
    """,
}


async def find_violations(session: AsyncSession, *, limit: int = 1000) -> list[Violation]:
    """Deals whose payment is missing, doubled, wrong or without its deal; empty if there is none."""
    return await run_checks(session, _CHECKS, limit)
