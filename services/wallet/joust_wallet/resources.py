"""What the service has open while it runs, with its types."""

from dataclasses import dataclass

from joust_kit.jobs import JobContext
from joust_wallet.checkouts.providers import CheckoutProvider
from joust_wallet.settings import WalletSettings
from joust_wallet.withdrawals.providers import PayoutProvider


@dataclass(frozen=True)
class Resources:
    """Parts that jobs need beside their transaction."""

    settings: WalletSettings
    payouts: PayoutProvider
    checkout: CheckoutProvider | None
    """Where deposits are paid, unless they are credited at once."""


def resources_of(context: JobContext) -> Resources:
    """The running service's resources."""
    resources: Resources = context.resources
    return resources
