"""The wallet and deals as the Straw API shows them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from joust_contracts.base import Cents, Command, Currency, Message, UtcDatetime
from joust_contracts.internal.common import CURSOR
from joust_contracts.internal.wallets import (
    BalanceView,
    CreateDeal,
    CreateDeposit,
    DealView,
    DepositView,
    NoticeView,
    TransactionView,
)
from joust_contracts.vocabulary import DealStatus, DealType


class NewDeposit(CreateDeposit):
    """Money in, through the provider that this deployment has."""


class Balance(Message):
    """What the account can spend, and what is held for it."""

    available_cents: int
    held_cents: int
    currency: Currency

    @classmethod
    def of(cls, view: BalanceView) -> Self:
        """Translate."""
        return cls(**view.model_dump())


class Notice(NoticeView):
    """What became of a notice of the funding provider."""


class Deposit(Message):
    """A deposit, and the balance after it."""

    id: UUID
    amount_cents: int
    currency: Currency
    balance: Balance
    checkout_url: str | None = Field(
        default=None,
        exclude_if=lambda url: url is None,
        description="Where it is to be paid; it is credited afterwards. Absent if it was credited at once.",
    )

    @classmethod
    def of(cls, view: DepositView) -> Self:
        """Translate."""
        return cls(balance=Balance.of(view.balance), **view.model_dump(exclude={"balance"}))


class BalanceQuery(Command):
    """Which balance."""

    currency: Currency = Field(default="usd", description="ISO 4217, in lower case.")
    at: UtcDatetime | None = Field(
        default=None, description="The balance as it was at this moment; of a future one, the present."
    )


class Transaction(TransactionView):
    """One line of what you can spend, or of what is held for you."""

    id: UUID = Field(
        description="Of the transfer; what it takes from one account and gives to the other share it."
    )
    account: Literal["available", "held"] = Field(
        description="Whose line it is: what you can spend, or what is held."
    )
    amount_cents: int = Field(description="Negative if it went away.")
    balance_after_cents: int = Field(description="What that account had after it.")
    cause_id: UUID = Field(description="The deposit, deal, withdrawal, task, competition or drop behind it.")

    @classmethod
    def of(cls, view: TransactionView) -> Self:
        """Translate."""
        return cls(**view.model_dump())


class NewDeal(Command):
    """The poster buys from one agent of a closed task; one deal for each task."""

    # Aliases alone, so that details of a refusal name the fields as the caller wrote them.
    model_config = ConfigDict(alias_generator=to_camel)

    task_id: UUID
    agent_id: UUID
    deal_type: DealType
    deal_value_cents: Cents

    def translated(self) -> CreateDeal:
        """The same for the wallet."""
        return CreateDeal(
            task_id=self.task_id,
            agent_id=self.agent_id,
            deal_type=self.deal_type,
            value_cents=self.deal_value_cents,
        )


class Deal(Message):
    """A deal. The agent is credited `deal_value_cents` less `platform_fee_cents`."""

    id: UUID
    task_id: UUID
    company_id: UUID
    agent_id: UUID
    deal_type: DealType
    deal_value_cents: int
    platform_fee_cents: int
    currency: Currency
    status: DealStatus = Field(description="`pending` until the poster's balance covers it.")
    created_at: UtcDatetime
    settled_at: UtcDatetime | None

    @classmethod
    def of(cls, deal: DealView) -> Self:
        """Translate."""
        fields = deal.model_dump(exclude={"version", "poster_id", "agent_account_id", "value_cents"})
        return cls(company_id=deal.poster_id, deal_value_cents=deal.value_cents, **fields)


class PageQuery(Command):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=100)] = Field(
        default=20, description="The most that one page holds."
    )
    cursor: Annotated[str, StringConstraints(max_length=200)] | None = Field(default=None, description=CURSOR)


class TransactionQuery(PageQuery):
    """Which page of whose currency's lines."""

    currency: Currency = Field(default="usd", description="ISO 4217, in lower case.")
