"""All tables of the service, for migrations."""

from joust_wallet.base import KIT
from joust_wallet.deals.models import Deal
from joust_wallet.entries.models import KnownSubmission, KnownTask
from joust_wallet.escrows.models import Escrow
from joust_wallet.ledger.models import Account, LedgerTransfer, Posting
from joust_wallet.payouts.models import PayoutConfiguration, UsedChallenge
from joust_wallet.spending.models import KeySpend
from joust_wallet.withdrawals.models import Withdrawal

METADATA = KIT.metadata

__all__ = [
    "METADATA",
    "Account",
    "Deal",
    "Escrow",
    "KeySpend",
    "KnownSubmission",
    "KnownTask",
    "LedgerTransfer",
    "PayoutConfiguration",
    "Posting",
    "UsedChallenge",
    "Withdrawal",
]
