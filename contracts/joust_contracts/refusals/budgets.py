"""Refusals about budgets of tasks with escrow."""

from joust_contracts.internal.common import ErrorCode
from joust_contracts.refusals.base import Refusal

BUDGET_NOT_COVERED = Refusal(
    402,
    ErrorCode.PAYMENT_REQUIRED,
    "Your balance, or the cap of your key, does not cover the budget. Deposit at "
    "POST /api/v1/wallet/deposits, then publish again.",
)
