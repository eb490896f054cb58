"""Internal API of withdrawals, which the wallet owns."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from joust_contracts.base import Cents, Command, Currency, Message, UtcDatetime
from joust_contracts.vocabulary import PayoutChain, PayoutMethod, WithdrawalStatus


class CreateWithdrawal(Command):
    """Money out, to where the account is paid."""

    amount_cents: Annotated[Cents, Field(ge=1)]
    currency: Currency = "usd"


class WithdrawalView(Message):
    """A withdrawal as it is now."""

    id: UUID
    amount_cents: Cents
    currency: Currency
    status: WithdrawalStatus
    payout_method: PayoutMethod
    payout_address: str
    payout_chain: PayoutChain | None
    attempts: int
    """How often the provider was asked, always for the same payout."""
    provider_reference: str | None
    """The provider's name for what it paid."""
    failure_reason: str | None
    created_at: UtcDatetime
    ended_at: UtcDatetime | None
