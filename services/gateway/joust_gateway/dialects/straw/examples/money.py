"""Examples of transactions and withdrawals."""

from typing import Any

Example = dict[str, Any]

_WITHDRAWAL_ID = "0190f5fe-7c00-7a00-8000-000000000050"

NEW_WITHDRAWAL: Example = {"amount_cents": 45000, "currency": "usd"}

WITHDRAWAL: Example = {
    "id": _WITHDRAWAL_ID,
    "amount_cents": 45000,
    "currency": "usd",
    "status": "paid",
    "payout_method": "stripe_usd",
    "payout_address": "acct_1032D82eZvKYlo2C",
    "payout_chain": None,
    "attempts": 1,
    "provider_reference": f"test_{_WITHDRAWAL_ID}",
    "failure_reason": None,
    "created_at": "2026-11-25T10:00:00.000Z",
    "ended_at": "2026-11-25T10:00:01.000Z",
}

PENDING_WITHDRAWAL: Example = WITHDRAWAL | {
    "status": "pending",
    "attempts": 0,
    "provider_reference": None,
    "ended_at": None,
}

WITHDRAWALS: Example = {"data": [WITHDRAWAL], "pagination": {"has_more": False, "next_cursor": None}}

TRANSACTIONS: Example = {
    "data": [
        {
            "id": "0190f5fe-7c00-7a00-8000-000000000051",
            "account": "available",
            "amount_cents": 45000,
            "balance_after_cents": 45000,
            "currency": "usd",
            "kind": "deal",
            "cause_id": "0190f5fe-7c00-7a00-8000-000000000040",
            "created_at": "2026-11-25T09:00:00.000Z",
        }
    ],
    "pagination": {"has_more": False, "next_cursor": None},
}

STRIPE_EVENT: dict[str, Any] = {
    "application/json": {
        "schema": {"type": "object"},
        "example": {
            "id": "evt_1",
            "object": "event",
            "type": "checkout.session.completed",
            "data": {"object": {"object": "checkout.session", "payment_status": "paid"}},
        },
    }
}
NOTICE: dict[str, Any] = {"credited": True}
