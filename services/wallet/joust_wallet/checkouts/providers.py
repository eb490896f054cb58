"""Funding providers at which a deposit is paid first."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Checkout:
    """A deposit as the provider knows it."""

    deposit_id: UUID
    account_id: UUID
    amount_cents: int
    currency: str


class CheckoutProvider(Protocol):
    """Takes money in, and tells of it."""

    async def begin(self, wanted: Checkout) -> str:
        """The address at which the deposit is paid. Raises ``Invalid`` or ``Unavailable``."""
        ...

    def read(self, payload: str, signature: str) -> Checkout | None:
        """What was paid, as it tells; ``None`` if it tells of something else. Raises ``NoticeRefused``."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...
