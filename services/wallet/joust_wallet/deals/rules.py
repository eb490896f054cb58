"""Rules of a deal, its fee and its payment. No I/O, no clock."""

from uuid import UUID

from joust_contracts.vocabulary import DealStatus, TaskStatus, TransferKind
from joust_wallet.deals.errors import DealAlreadySettled, NotTheOwner, TaskNotClosed, TaskNotFound
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer

DEAL_CURRENCY = "usd"
"""Straw document: budgets and deals are in cents of one currency."""

FULL_BPS = 10_000
"""Basis points in a whole."""

TRANSITIONS: dict[DealStatus, frozenset[DealStatus]] = {
    DealStatus.PENDING: frozenset({DealStatus.SETTLED}),
    DealStatus.SETTLED: frozenset(),
}
"""A deal waits until the poster's balance covers it, and is paid once."""


def platform_fee(value_cents: int, fee_bps: int) -> int:
    """The platform's share of a deal, in cents: rounded down, so a broken cent is the agent's."""
    return value_cents * fee_bps // FULL_BPS


def check_transition(now: DealStatus, then: DealStatus) -> None:
    """Raises ``DealAlreadySettled`` if a deal in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        raise DealAlreadySettled()


def check_task(task: tuple[UUID, TaskStatus] | None, buyer_id: UUID) -> None:
    """May the buyer make a deal on the task, given as owner and status?

    Raises ``TaskNotFound``, ``NotTheOwner`` or ``TaskNotClosed``.
    """
    if task is None:
        raise TaskNotFound()
    owner_id, status = task
    if owner_id != buyer_id:
        raise TaskNotFound() if status == TaskStatus.DRAFT else NotTheOwner()
    if status != TaskStatus.CLOSED:
        raise TaskNotClosed(status=status.value)


def payment_of(
    deal_id: UUID, *, poster_id: UUID, agent_account_id: UUID, value_cents: int, fee_cents: int, currency: str
) -> Transfer | None:
    """The transfer that pays a deal: the value from the poster, to the agent less the fee.

    ``None`` if no money moves: a value of 0, or an agent that is the poster's own and pays no fee.
    """
    return Transfer.of(
        f"deal:{deal_id}",
        TransferKind.DEAL,
        deal_id,
        [
            (AccountKey(poster_id, AccountKind.AVAILABLE, currency), -value_cents),
            (AccountKey(agent_account_id, AccountKind.AVAILABLE, currency), value_cents - fee_cents),
            (AccountKey(None, AccountKind.PLATFORM_FEES, currency), fee_cents),
        ],
    )
