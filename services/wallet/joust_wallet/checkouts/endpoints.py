"""Internal API of deposits that are paid at the funding provider, and of what it tells."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from joust_contracts.internal.wallets import CreateDeposit, DepositView, NoticeView, ProviderNotice
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import Unauthorized
from joust_kit.http.errors import responses
from joust_kit.http.transactions import (
    CurrentActor,
    TransactionalRoute,
    TranslatingRoute,
    Unit,
    answer_once,
    answered_before,
)
from joust_wallet.checkouts.errors import NoFundingProvider, NoticeRefused
from joust_wallet.checkouts.providers import Checkout, CheckoutProvider
from joust_wallet.deals.timers import settle_waiting_deals
from joust_wallet.deposits.rules import funding_of
from joust_wallet.ledger import queries

router = APIRouter(
    prefix="/internal/deposits", route_class=TranslatingRoute, responses=responses(Unauthorized)
)
"""In place of the deposits that are credited at once."""
notices = APIRouter(
    prefix="/internal/deposits", route_class=TransactionalRoute, responses=responses(Unauthorized)
)


async def _checkout_of(request: Request) -> CheckoutProvider | None:
    checkout: CheckoutProvider | None = request.app.state.resources.checkout
    return checkout


Provider = Annotated[CheckoutProvider | None, Depends(_checkout_of)]


@router.post("", status_code=201, response_model=DepositView, responses=responses(NoFundingProvider))
async def begin_deposit(
    wanted: CreateDeposit, actor: CurrentActor, request: Request, provider: Provider
) -> Response:
    """Tell where the deposit is paid; it is credited when the provider says that it was."""
    if provider is None:
        raise NoFundingProvider()
    if (before := await answered_before(request)) is not None:
        return before
    deposit_id = request.app.state.database.ids.new()
    url = await provider.begin(Checkout(deposit_id, actor.account_id, wanted.amount_cents, wanted.currency))

    async def act(unit: UnitOfWork) -> DepositView:
        return DepositView(
            id=deposit_id,
            amount_cents=wanted.amount_cents,
            currency=wanted.currency,
            balance=await queries.get_balance(unit.session, actor.account_id, wanted.currency),
            checkout_url=url,
        )

    return await answer_once(request, await request.body(), act, status=201)


@notices.post("/notices", responses=responses(NoticeRefused, NoFundingProvider))
async def take_notice(
    notice: ProviderNotice, actor: CurrentActor, unit: Unit, provider: Provider
) -> NoticeView:
    """Credit a deposit that the provider says was paid; said again, it changes nothing."""
    if provider is None:
        raise NoFundingProvider()
    paid = provider.read(notice.payload, notice.signature)
    if paid is None:
        return NoticeView(credited=False)
    funding = funding_of(paid.deposit_id, paid.account_id, paid.amount_cents, paid.currency)
    await settle_waiting_deals(unit, paid.account_id, paid.currency, after=funding)
    return NoticeView(credited=True)
