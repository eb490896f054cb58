"""Client of the wallet service."""

from collections.abc import Sequence
from datetime import datetime

from joust_contracts.base import render_utc
from joust_contracts.internal.common import Page
from joust_contracts.internal.payouts import ChallengeView, PayoutView, SetPayout, SignChallenge
from joust_contracts.internal.wallets import (
    BalanceView,
    CreateDeal,
    CreateDeposit,
    DealView,
    DepositView,
    NoticeView,
    ProviderNotice,
    TransactionView,
)
from joust_contracts.internal.withdrawals import CreateWithdrawal, WithdrawalView
from joust_gateway.clients.call import Call
from joust_gateway.clients.transport import After, Transport


class WalletClient:
    """The wallet service's internal API."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def deposit(self, call: Call, wanted: CreateDeposit) -> DepositView:
        """Put money on the caller's account."""
        return await self._transport.post(call, "/internal/deposits", DepositView, body=wanted)

    async def tell_of_payment(self, call: Call, notice: ProviderNotice) -> NoticeView:
        """Pass on what the funding provider told."""
        return await self._transport.post(call, "/internal/deposits/notices", NoticeView, body=notice)

    async def balance(self, call: Call, currency: str, at: datetime | None = None) -> BalanceView:
        """What the caller has in a currency, or had at a moment."""
        params = {"currency": currency} | ({} if at is None else {"at": render_utc(at)})
        return await self._transport.get(call, "/internal/balance", BalanceView, params=params)

    async def list_transactions(
        self, call: Call, currency: str, limit: int, cursor: str | None
    ) -> Page[TransactionView]:
        """What changed the caller's balance in a currency, newest first."""
        params = {"currency": currency} | _page(limit, cursor)
        return await self._transport.get(call, "/internal/transactions", Page[TransactionView], params=params)

    async def withdraw(self, call: Call, wanted: CreateWithdrawal) -> WithdrawalView:
        """Take money out, to where the caller is paid."""
        return await self._transport.post(call, "/internal/withdrawals", WithdrawalView, body=wanted)

    async def list_withdrawals(self, call: Call, limit: int, cursor: str | None) -> Page[WithdrawalView]:
        """What the caller took out, newest first."""
        return await self._transport.get(
            call, "/internal/withdrawals", Page[WithdrawalView], params=_page(limit, cursor)
        )

    async def create_deal(self, call: Call, wanted: CreateDeal, after: Sequence[After]) -> DealView:
        """Record a deal, once the wallet has heard of ``after``."""
        return await self._transport.post(call, "/internal/deals", DealView, body=wanted, after=after)

    async def list_deals(self, call: Call, limit: int, cursor: str | None) -> Page[DealView]:
        """Deals of which the caller is a party, newest first."""
        return await self._transport.get(call, "/internal/deals", Page[DealView], params=_page(limit, cursor))

    async def payout(self, call: Call) -> PayoutView:
        """Where the caller wants to be paid."""
        return await self._transport.get(call, "/internal/payout", PayoutView)

    async def set_payout(self, call: Call, wanted: SetPayout) -> PayoutView:
        """Say where the caller wants to be paid."""
        return await self._transport.put(call, "/internal/payout", PayoutView, params={}, body=wanted)

    async def challenge(self, call: Call) -> ChallengeView:
        """What the owner of the caller's address is to sign."""
        return await self._transport.post(call, "/internal/payout/challenge", ChallengeView)

    async def verify(self, call: Call, wanted: SignChallenge) -> PayoutView:
        """Give the proof that the address is the caller's."""
        return await self._transport.post(call, "/internal/payout/verification", PayoutView, body=wanted)


def _page(limit: int, cursor: str | None) -> dict[str, str]:
    return {"limit": str(limit)} | ({} if cursor is None else {"cursor": cursor})
