"""Many clients at once, on the ledger of a wallet under test."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from sqlalchemy import text

from joust_contracts.vocabulary import TransferKind
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest
from joust_wallet.ledger import commands as ledger
from joust_wallet.ledger.errors import InsufficientFunds
from joust_wallet.ledger.rules import AccountKey, AccountKind, Transfer

IDS = RandomIds()


def purse(owner_id: UUID) -> AccountKey:
    """What an owner can spend."""
    return AccountKey(owner_id, AccountKind.AVAILABLE, "usd")


def sink(owner_id: UUID) -> AccountKey:
    """Where an owner's spends end; nothing comes back from there."""
    return purse(uuid5(owner_id, "sink"))


def a_transfer(*changes: tuple[AccountKey, int]) -> Transfer:
    """A transfer that was never made before."""
    cause = IDS.new()
    made = Transfer.of(f"test:{cause}", TransferKind.DEPOSIT, cause, changes)
    assert made is not None
    return made


async def fund(wallet: ServiceUnderTest, owners: Sequence[UUID], cents: int) -> None:
    """Give each owner ``cents``, in one transaction."""
    outside = AccountKey(None, AccountKind.EXTERNAL_FUNDING, "usd")
    gifts = [a_transfer((outside, -cents), (purse(owner), cents)) for owner in owners]
    async with wallet.database.transaction() as unit:
        book = await ledger.open_book(unit, gifts)
        for gift in gifts:
            book.enter(gift, unit.new_id())
        await ledger.write_book(unit, book)


async def balances(wallet: ServiceUnderTest, accounts: Sequence[AccountKey]) -> dict[AccountKey, int]:
    """What each account holds; 0 before its first transfer."""
    query = text("SELECT id, balance_cents FROM wallet.accounts WHERE id = ANY (:ids)")
    async with wallet.database.reading() as session:
        rows = (await session.execute(query, {"ids": [each.id for each in accounts]})).all()
    found = {row.id: row.balance_cents for row in rows}
    return {account: found.get(account.id, 0) for account in accounts}


@dataclass
class Spends:
    """What became of spends, by the purse that they came from."""

    accepted: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[UUID, list[int]] = field(default_factory=lambda: defaultdict(list))

    @property
    def count(self) -> int:
        """Spends that were answered."""
        return sum(map(len, self.accepted.values())) + sum(map(len, self.refused.values()))

    async def spend(self, wallet: ServiceUnderTest, owner: UUID, target: UUID, cents: int) -> None:
        """Move money out of a purse for good, and remember the answer."""
        try:
            async with wallet.database.transaction() as unit:
                await ledger.post(unit, a_transfer((purse(owner), -cents), (sink(target), cents)))
        except InsufficientFunds:
            self.refused[owner].append(cents)
        else:
            self.accepted[owner].append(cents)


async def at_once(
    clients: int, act: Callable[[random.Random], Awaitable[None]], *, times: int, seconds: float = 3600
) -> None:
    """So many clients act again and again, each ``times`` or until ``seconds`` are over."""
    ends_at = time.monotonic() + seconds

    async def client(seed: int) -> None:
        chosen = random.Random(seed)
        for _ in range(times):
            if time.monotonic() > ends_at:
                return
            await act(chosen)

    await asyncio.gather(*(client(seed) for seed in range(clients)))
