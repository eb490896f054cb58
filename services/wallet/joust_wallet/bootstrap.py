"""Puts the service together from its real parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from joust_contracts.services import ServiceName
from joust_kit.background import Background
from joust_kit.service import Runtime, Service
from joust_wallet.auditor import Auditor
from joust_wallet.base import KIT
from joust_wallet.checkouts import endpoints as checkouts
from joust_wallet.checkouts.providers import CheckoutProvider
from joust_wallet.deals import endpoints as deals
from joust_wallet.deals.timers import settle_deals
from joust_wallet.deposits import endpoints as deposits
from joust_wallet.entries.models import PROJECTIONS
from joust_wallet.ledger import endpoints as ledger
from joust_wallet.payouts import endpoints as payouts
from joust_wallet.resources import Resources
from joust_wallet.settings import StripeSettings, WalletSettings
from joust_wallet.snapshots import AGGREGATES
from joust_wallet.subscriptions import SUBSCRIPTIONS
from joust_wallet.withdrawals import endpoints as withdrawals
from joust_wallet.withdrawals.providers import NoProvider, PayoutProvider, TestProvider
from joust_wallet.withdrawals.reconciling import compare_payouts
from joust_wallet.withdrawals.timers import send_withdrawal


def create_service(
    settings: WalletSettings | None = None, *, payout_provider: PayoutProvider | None = None
) -> Service:
    """The wallet service; settings come from the environment, and the provider from them, unless given."""
    chosen = settings or WalletSettings()
    provider = payout_provider or choose_payout_provider(chosen)
    pays_at_stripe = chosen.funding_provider == "stripe"

    @asynccontextmanager
    async def open_resources(runtime: Runtime) -> AsyncIterator[Resources]:
        background = Background()
        background.keep("auditor", Auditor(runtime.database, chosen).run)
        stripe = _open_stripe(chosen.stripe) if pays_at_stripe and chosen.stripe else None
        try:
            yield Resources(chosen, provider, stripe)
        finally:
            await background.stop()
            if stripe is not None:
                await stripe.close()

    return Service(
        name=ServiceName.WALLET,
        description="The double-entry ledger, deposits, deals, escrows and withdrawals.",
        settings=chosen,
        tables=KIT,
        routers=[
            ledger.router,
            checkouts.router if pays_at_stripe else deposits.router,
            checkouts.notices,
            deals.router,
            payouts.router,
            withdrawals.router,
        ],
        subscriptions=SUBSCRIPTIONS,
        aggregates=AGGREGATES,
        jobs=[settle_deals, send_withdrawal],
        projections=PROJECTIONS,
        open_resources=open_resources,
        comparisons=[partial(compare_payouts, provider)],
    )


def choose_payout_provider(settings: WalletSettings) -> PayoutProvider:
    """As the settings have it."""
    return TestProvider() if settings.payout_provider == "test" else NoProvider()


def _open_stripe(settings: StripeSettings) -> CheckoutProvider:
    # Only where it is used: the library is large.
    from joust_wallet.checkouts.stripe_checkout import StripeCheckout  # noqa: PLC0415 - as said

    return StripeCheckout(settings)
