"""What may be read of payout configurations: by each account, its own."""

from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.internal.payouts import PayoutView
from joust_kit.identity import Actor
from joust_wallet.payouts import repository
from joust_wallet.payouts.models import PayoutConfiguration


async def get_payout(session: AsyncSession, actor: Actor) -> PayoutView:
    """Where the actor wants to be paid; nothing but ``None`` while it has not said."""
    configuration = await repository.find(session, actor.account_id)
    return PayoutView() if configuration is None else view_of(configuration)


def view_of(configuration: PayoutConfiguration) -> PayoutView:
    """The configuration as answers show it."""
    return PayoutView.model_validate(configuration.model_dump())
