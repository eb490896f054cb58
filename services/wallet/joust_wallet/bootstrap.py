"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from joust_contracts.services import ServiceName
from joust_kit.background import Background
from joust_kit.service import Runtime, Service
from joust_wallet.auditor import Auditor
from joust_wallet.base import KIT
from joust_wallet.deals import endpoints as deals
from joust_wallet.deals.timers import settle_deals
from joust_wallet.deposits import endpoints as deposits
from joust_wallet.entries.models import PROJECTIONS
from joust_wallet.ledger import endpoints as ledger
from joust_wallet.payouts import endpoints as payouts
from joust_wallet.settings import WalletSettings
from joust_wallet.snapshots import AGGREGATES
from joust_wallet.subscriptions import SUBSCRIPTIONS


def create_service(settings: WalletSettings | None = None) -> Service:
    """The wallet service; settings come from the environment unless given."""
    chosen = settings or WalletSettings()
    return Service(
        name=ServiceName.WALLET,
        description="The double-entry ledger, deposits and deals.",
        settings=chosen,
        tables=KIT,
        routers=[ledger.router, deposits.router, deals.router, payouts.router],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[settle_deals],
        projections=PROJECTIONS,
        open_resources=partial(_keep_auditing, chosen),
    )


@asynccontextmanager
async def _keep_auditing(settings: WalletSettings, runtime: Runtime) -> AsyncIterator[None]:
    background = Background()
    background.keep("auditor", Auditor(runtime.database, settings).run)
    try:
        yield
    finally:
        await background.stop()
