"""Money in, the balance and what made it, in the Straw dialect."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from joust_contracts.internal.wallets import ProviderNotice
from joust_contracts.refusals.deposits import NO_FUNDING_PROVIDER, NOTICE_REFUSED
from joust_contracts.vocabulary import Scope
from joust_gateway.clients.call import Call, anonymous_call, calls
from joust_gateway.dialects.straw import examples
from joust_gateway.dialects.straw.examples import money
from joust_gateway.dialects.straw.schemas.common import Listing
from joust_gateway.dialects.straw.schemas.money import (
    Balance,
    BalanceQuery,
    Deposit,
    NewDeposit,
    Notice,
    Transaction,
    TransactionQuery,
)
from joust_gateway.documented import operation
from joust_gateway.resources import OpenResources
from joust_kit.errors import BadRequest
from joust_kit.http.transactions import TranslatingRoute

router = APIRouter(prefix="/api/v1/wallet", tags=["wallet"], route_class=TranslatingRoute)


@router.post(
    "/deposits",
    operation_id="create_deposit",
    **operation(
        once=True,
        status=201,
        request=examples.NEW_DEPOSIT,
        answer=examples.DEPOSIT,
    ),
)
async def create_deposit(
    wanted: NewDeposit, call: Annotated[Call, calls(Scope.WALLET_WRITE)], resources: OpenResources
) -> Deposit:
    """Put money on the account. Send an Idempotency-Key, so that a repeated request pays once."""
    return Deposit.of(await resources.services.wallets.deposit(call, wanted))


@router.post(
    "/deposits/stripe-events",
    operation_id="take_stripe_event",
    **operation(
        NO_FUNDING_PROVIDER,
        NOTICE_REFUSED,
        needs_key=False,
        body=money.STRIPE_EVENT,
        answer=money.NOTICE,
    ),
)
async def take_stripe_event(
    request: Request, call: Annotated[Call, Depends(anonymous_call)], resources: OpenResources
) -> Notice:
    """For Stripe, which tells here what was paid, and signs it.

    It takes no Idempotency-Key: what comes twice is credited once.
    """
    try:
        payload = (await request.body()).decode()
        notice = ProviderNotice(payload=payload, signature=request.headers.get("Stripe-Signature", ""))
    except ValueError as error:  # no UTF-8, or longer than any event
        raise BadRequest() from error
    view = await resources.services.wallets.tell_of_payment(call, notice)
    return Notice(credited=view.credited)


@router.get("/balance", operation_id="get_balance", **operation(answer=examples.BALANCE))
async def get_balance(
    wanted: Annotated[BalanceQuery, Query()],
    call: Annotated[Call, calls(Scope.WALLET_READ)],
    resources: OpenResources,
) -> Balance:
    """What the account can spend, and what is held for it; now, or as it was at a moment."""
    return Balance.of(await resources.services.wallets.balance(call, wanted.currency, wanted.at))


@router.get("/transactions", operation_id="list_transactions", **operation(answer=money.TRANSACTIONS))
async def list_transactions(
    wanted: Annotated[TransactionQuery, Query()],
    call: Annotated[Call, calls(Scope.WALLET_READ)],
    resources: OpenResources,
) -> Listing[Transaction]:
    """List what changed your balance, and what caused each change, newest first."""
    page = await resources.services.wallets.list_transactions(
        call, wanted.currency, wanted.limit, wanted.cursor
    )
    return Listing.of(tuple(map(Transaction.of, page.data)), page.next_cursor)
