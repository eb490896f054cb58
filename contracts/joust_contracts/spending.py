"""What a key may spend of its account's money."""

from uuid import UUID

from joust_contracts.base import Cents, Message


class Spender(Message):
    """A key with a cap, on whose behalf money is spent. A key without one is not named."""

    key_id: UUID
    daily_cap_cents: Cents | None = None
    """In a day of UTC."""
    total_cap_cents: Cents | None = None
    """As long as the key lives."""
