"""Withdrawals as the Straw API shows them."""

from typing import Self

from pydantic import Field

from joust_contracts.base import UtcDatetime
from joust_contracts.internal.withdrawals import CreateWithdrawal, WithdrawalView
from joust_contracts.vocabulary import WithdrawalStatus


class NewWithdrawal(CreateWithdrawal):
    """Money out, to where you are paid now (`PUT /api/v1/wallet`)."""


class Withdrawal(WithdrawalView):
    """A withdrawal as it is now."""

    status: WithdrawalStatus = Field(
        description="`pending` and `sending` become `paid`, or `failed`: then you have the money again. "
        "`unknown`: the provider gave no clear answer. The money stays held, and the same payout is asked "
        "for again until there is one."
    )
    attempts: int = Field(description="How often the provider was asked, always for the same payout.")
    provider_reference: str | None = Field(description="The provider's name for what it paid.")
    failure_reason: str | None = Field(description="Why it failed.")
    ended_at: UtcDatetime | None = Field(description="When it was paid or failed.")

    @classmethod
    def of(cls, view: WithdrawalView) -> Self:
        """Translate."""
        return cls(**view.model_dump())
