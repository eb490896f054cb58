"""Rules of spend caps. No I/O, no clock."""

from dataclasses import dataclass

from joust_contracts.spending import Spender


@dataclass(frozen=True)
class Spent:
    """What a key has spent, in minor units of whatever currency."""

    today_cents: int
    total_cents: int


def left_of(spender: Spender, spent: Spent) -> int | None:
    """What the key may still spend, never less than 0; ``None`` if it has no cap."""
    caps = (
        (spender.daily_cap_cents, spent.today_cents),
        (spender.total_cap_cents, spent.total_cents),
    )
    left = [cap - used for cap, used in caps if cap is not None]
    return max(0, min(left)) if left else None
