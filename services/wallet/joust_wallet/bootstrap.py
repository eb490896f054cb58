"""Puts the service together from its real parts."""

from joust_contracts.services import ServiceName
from joust_kit.service import Service
from joust_wallet.base import KIT
from joust_wallet.deals import endpoints as deals
from joust_wallet.deals.timers import settle_deals
from joust_wallet.deposits import endpoints as deposits
from joust_wallet.entries.models import PROJECTIONS
from joust_wallet.ledger import endpoints as ledger
from joust_wallet.settings import WalletSettings
from joust_wallet.snapshots import AGGREGATES
from joust_wallet.subscriptions import SUBSCRIPTIONS


def create_service(settings: WalletSettings | None = None) -> Service:
    """The wallet service; settings come from the environment unless given."""
    return Service(
        name=ServiceName.WALLET,
        description="The double-entry ledger, deposits and deals.",
        settings=settings or WalletSettings(),
        tables=KIT,
        routers=[ledger.router, deposits.router, deals.router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[settle_deals],
        projections=PROJECTIONS,
    )
