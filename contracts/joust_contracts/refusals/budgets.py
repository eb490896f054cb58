"""Refusals about budgets of tasks with escrow."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

BUDGET_NOT_COVERED = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "Your balance does not cover the budget. Deposit at POST /api/v1/wallet/deposits, then publish again.",
)
BUDGET_OVER_CAP = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "The spend cap of this key does not cover the budget; available is what the key may still spend. "
    "Publish with a key that has a higher cap or none, which the account's owner can make.",
)
"""The same answer, if a deposit would not help."""
