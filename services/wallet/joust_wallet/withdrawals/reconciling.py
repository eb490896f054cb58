"""What the payout provider has sent against what the wallet knows, after the database was restored.

A withdrawal that is known is asked for again under its own key, and the provider sends nothing twice. One
that was made after the backup is known to the provider alone: its owner has the money again here, and could
take it out once more. ``adopt`` books it as it was.
"""

from datetime import datetime
from uuid import UUID

from joust_contracts.vocabulary import WithdrawalStatus
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.messaging.reconcile import Difference
from joust_kit.service import Runtime
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.rules import AccountKey, AccountKind
from joust_wallet.withdrawals import repository
from joust_wallet.withdrawals.errors import AlreadyKnown, NotCovered
from joust_wallet.withdrawals.models import Withdrawal
from joust_wallet.withdrawals.providers import Paid, PayoutProvider, Sent

KIND = "payout"


async def compare_payouts(provider: PayoutProvider, runtime: Runtime, since: datetime) -> list[Difference]:
    """Payouts that the wallet does not know, or knows differently."""
    sent = await provider.sent_since(since)
    async with runtime.database.reading() as session:
        return [
            Difference(KIND, each.order.idempotency_key, detail)
            for each in sent
            if (detail := _difference(each, await repository.find(session, _id_of(each)))) is not None
        ]


async def adopt(unit: UnitOfWork, sent: Sent, account_id: UUID) -> Withdrawal:
    """Book a payout that the provider sent for an account, and of which nothing is known here.

    Raises ``AlreadyKnown``, or ``NotCovered`` if the account has spent the money meanwhile: then a human
    decides.
    """
    order = sent.order
    if await repository.find(unit.session, _id_of(sent)) is not None:
        raise AlreadyKnown(withdrawal_id=order.idempotency_key)
    withdrawal = Withdrawal(
        id=_id_of(sent),
        account_id=account_id,
        amount_cents=order.amount_cents,
        currency=order.currency,
        status=WithdrawalStatus.PENDING,
        payout_method=order.destination.method,
        payout_address=order.destination.address,
        payout_chain=order.destination.chain,
        created_at=unit.now,
    )
    hold = withdrawal.hold()
    withdrawal.begin_attempt()
    paid = withdrawal.note(Paid(sent.reference), unit.now)
    assert paid is not None  # noqa: S101 - what is paid leaves
    book = await ledger.open_book(unit, [hold, paid])
    if not book.covers(hold):
        purse = AccountKey(account_id, AccountKind.AVAILABLE, order.currency)
        raise NotCovered(required=order.amount_cents, available=book.balance_of(purse))
    for transfer in (hold, paid):
        book.enter(transfer, unit.new_id())
    await ledger.write_book(unit, book)
    repository.add(unit.session, withdrawal)
    return withdrawal


def _id_of(sent: Sent) -> UUID:
    return UUID(sent.order.idempotency_key)


def _difference(sent: Sent, known: Withdrawal | None) -> str | None:
    order = sent.order
    what = f"{order.amount_cents} {order.currency} to {order.destination.address} as {sent.reference}"
    if known is None:
        return f"{what} was sent, and is not known"
    if (known.amount_cents, known.currency) != (order.amount_cents, order.currency):
        return f"{what} was sent, and is known as {known.amount_cents} {known.currency}"
    if known.status is not WithdrawalStatus.PAID:
        return f"{what} was sent, and is {known.status} here"
    return None
