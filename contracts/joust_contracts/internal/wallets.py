"""Internal API of the wallet service."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from joust_contracts.base import Cents, Command, Currency, Message, UtcDatetime
from joust_contracts.events.wallets import DealSnapshot
from joust_contracts.vocabulary import DealType, TransferKind


class CreateDeposit(Command):
    """Money in, through the configured funding provider."""

    amount_cents: Annotated[Cents, Field(ge=1)]
    currency: Currency = "usd"


class BalanceView(Message):
    """What an account can spend and what is held for it."""

    available_cents: int
    held_cents: int
    currency: Currency


class TransactionView(Message):
    """One line of what an owner can spend, or of what is held for it."""

    id: UUID
    """Of the transfer; all its lines share it."""
    account: Literal["available", "held"]
    amount_cents: int
    """Negative if it went away."""
    balance_after_cents: int
    """Of this account."""
    currency: Currency
    kind: TransferKind
    cause_id: UUID
    """The deposit, deal, withdrawal or posted work that made money move."""
    created_at: UtcDatetime


class DepositView(Message):
    """A deposit, and the balance after it."""

    id: UUID
    amount_cents: Cents
    currency: Currency
    balance: BalanceView
    checkout_url: str | None = None
    """Where it is paid; it is credited afterwards. ``None`` if it was credited at once."""


class ProviderNotice(Command):
    """What the funding provider told, as it came, with its signature."""

    payload: Annotated[str, StringConstraints(max_length=500_000)]
    signature: Annotated[str, StringConstraints(max_length=2000)]


class NoticeView(Message):
    """What became of a notice."""

    credited: bool
    """False for what tells of something else than a payment."""


class CreateDeal(Command):
    """The poster buys from one agent of a closed task; one deal for each task."""

    task_id: UUID
    agent_id: UUID
    deal_type: DealType
    value_cents: Cents


DealView = DealSnapshot
"""A deal as the wallet answers it: the same as in its events."""
