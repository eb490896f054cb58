"""Asking the wallet for money, in the caller's transaction, which the edge commits.

The wallet answers by events (``joust_contracts.events.escrows``). Call these with the subject's row locked.
"""

from uuid import UUID

from joust_contracts.events import TaskFundingRequested, TaskPayoutRequested, TaskRefundRequested
from joust_contracts.events.fundings import Payee
from joust_contracts.spending import Spender
from joust_contracts.vocabulary import FundingWish, RefundReason
from joust_kit.database.unit_of_work import UnitOfWork
from joust_task.fundings import repository
from joust_task.fundings.errors import NoFunding
from joust_task.fundings.models import Funding
from joust_task.fundings.rules import Subject


async def request_funding(
    unit: UnitOfWork,
    subject: Subject,
    amount_cents: int,
    currency: str = "usd",
    *,
    spender: Spender | None = None,
) -> Funding:
    """Ask for the amount to be held, for the first time or once more after it was rejected.

    ``spender`` is that of the actor who asks. The answer is ``funds.held`` or ``funds.rejected``.
    Raises ``FundingSettled``.
    """
    funding = Funding(
        id=unit.new_id(),
        subject_id=subject.id,
        kind=subject.kind,
        payer_id=subject.payer_id,
        amount_cents=amount_cents,
        currency=currency,
        wanted=FundingWish.HOLD,
        payees=[],
        spender=None if spender is None else spender.model_dump(mode="json"),
    )
    if not await repository.add(unit.session, funding):
        known = await _lock(unit, subject.id)
        known.want(FundingWish.HOLD)
        known.amount_cents, known.currency, known.spender = amount_cents, currency, funding.spender
        funding = known
    unit.emit(TaskFundingRequested(funding=funding.snapshot()))
    return funding


async def request_payout(unit: UnitOfWork, subject_id: UUID, payees: tuple[Payee, ...]) -> Funding:
    """Have what is held paid to ``payees``, whose shares sum to 10,000 basis points.

    The answer is ``payout.made``. Raises ``NoFunding`` or ``FundingSettled``.
    """
    funding = await _lock(unit, subject_id)
    funding.want(FundingWish.PAYOUT, payees=payees)
    unit.emit(TaskPayoutRequested(funding=funding.snapshot()))
    return funding


async def request_refund(unit: UnitOfWork, subject_id: UUID, reason: RefundReason) -> Funding:
    """Have what is held, or was asked to be, given back; nothing can be held for the subject any more.

    The answer is ``funds.released``. Raises ``NoFunding`` or ``FundingSettled``.
    """
    funding = await _lock(unit, subject_id)
    funding.want(FundingWish.REFUND, reason=reason)
    unit.emit(TaskRefundRequested(funding=funding.snapshot()))
    return funding


async def _lock(unit: UnitOfWork, subject_id: UUID) -> Funding:
    funding = await repository.lock(unit.session, subject_id)
    if funding is None:
        raise NoFunding()
    return funding
