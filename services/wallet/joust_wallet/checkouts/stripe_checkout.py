"""Deposits by Stripe Checkout, through the official library.

A deposit is a session of Stripe Checkout that carries the deposit's id and says whose it is. Nothing is kept
of it here: Stripe tells by signed events what was paid, and the ledger credits each deposit once. Sources:
docs.stripe.com/checkout/fulfillment and docs.stripe.com/webhooks.
"""

import asyncio
from uuid import UUID

import stripe
from aiohttp import ClientTimeout
from prometheus_client import Counter
from pydantic import ValidationError

from joust_contracts.base import Cents, Currency, Message
from joust_kit.errors import Invalid, Unavailable
from joust_kit.observability.logging import get_logger
from joust_wallet.checkouts.errors import NoticeRefused
from joust_wallet.checkouts.providers import Checkout
from joust_wallet.settings import StripeSettings

log = get_logger(__name__)

_RETRIES = 2
"""Of the library, under one idempotency key."""
_PAID = {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
"""The first also comes for a method of payment that takes days; then it is not paid yet."""

_TAKEN_BACK = {"charge.refunded", "charge.dispute.created", "charge.dispute.funds_withdrawn"}
"""What was deposited goes back to who paid, or may; nothing is booked for it (ADR 28)."""
TAKEN_BACK = Counter(
    "joust_deposits_taken_back_total", "What the funding provider told of refunds and disputes.", ["event"]
)


class _Metadata(Message):
    deposit_id: UUID
    account_id: UUID


class _Session(Message):
    """What we read of a session."""

    payment_status: str
    amount_total: Cents
    currency: Currency
    metadata: _Metadata


class StripeCheckout:
    """Begins deposits, and reads what became of them."""

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        self._http = stripe.AIOHTTPClient(timeout=ClientTimeout(total=settings.timeout_seconds))
        self._client = stripe.StripeClient(
            settings.api_key.get_secret_value(),
            base_addresses={"api": settings.api_url},
            http_client=self._http,
            max_network_retries=_RETRIES,
        )

    async def begin(self, wanted: Checkout) -> str:
        """The address at which the deposit is paid. Raises ``Invalid`` for what Stripe does not take, e.g. an
        amount below its least, or ``Unavailable``."""
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                session = await self._client.v1.checkout.sessions.create_async(
                    {
                        "mode": "payment",
                        "success_url": self._settings.return_url,
                        "client_reference_id": str(wanted.account_id),
                        "metadata": {
                            "deposit_id": str(wanted.deposit_id),
                            "account_id": str(wanted.account_id),
                        },
                        "line_items": [
                            {
                                "quantity": 1,
                                "price_data": {
                                    "currency": wanted.currency,
                                    "unit_amount": wanted.amount_cents,
                                    "product_data": {"name": "Deposit"},
                                },
                            }
                        ],
                    },
                    {"idempotency_key": str(wanted.deposit_id)},
                )
        except stripe.InvalidRequestError as error:
            raise Invalid(
                amount_cents=error.user_message or "is not taken by the funding provider"
            ) from error
        except (stripe.StripeError, TimeoutError) as error:
            log.warning("the funding provider did not answer", error=repr(error))
            raise Unavailable() from error
        if session.url is None:
            raise Unavailable()
        return session.url

    def read(self, payload: str, signature: str) -> Checkout | None:
        """What an event says was paid; ``None`` if it is of something else. Raises ``NoticeRefused``."""
        try:
            event = self._client.construct_event(
                payload, signature, self._settings.webhook_secret.get_secret_value()
            )
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NoticeRefused() from error
        if event.type in _TAKEN_BACK:
            TAKEN_BACK.labels(event.type).inc()
            log.warning("a deposit is taken back at the funding provider", kind=event.type, event_id=event.id)
        if event.type not in _PAID:
            return None
        try:
            session = _Session.model_validate(event.data.object.to_dict())
        except ValidationError:
            log.warning("a payment that is no deposit of ours", event_id=event.id)
            return None
        if session.payment_status != "paid":
            return None
        found = session.metadata
        return Checkout(found.deposit_id, found.account_id, session.amount_total, session.currency)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]
