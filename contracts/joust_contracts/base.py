"""Common forms of the values in contracts: strict input, tolerant reading, UTC times, cents."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
)


def _to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a moment of the years 1 to 9999 in UTC") from error


def render_utc(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and ``Z``, e.g. ``2026-11-22T19:28:32.000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _is_written_out(value: object) -> object:
    """Refuse seconds since 1970, which pydantic would take: the published schema says text of RFC 3339."""
    if isinstance(value, datetime) or (isinstance(value, str) and ":" in value):
        return value
    raise ValueError("a moment is text as in 2026-01-31T12:00:00Z")


UtcDatetime = Annotated[
    AwareDatetime,
    BeforeValidator(_is_written_out),
    AfterValidator(_to_utc),
    PlainSerializer(render_utc, return_type=str, when_used="json"),
]
"""A moment in UTC. Input must carry a zone; output has milliseconds and ``Z``."""

MAX_CENTS = 10**12
"""Largest single amount, 10 billion of the major unit: far below a 64-bit overflow of any sum."""

Cents = Annotated[int, Field(strict=True, ge=0, le=MAX_CENTS)]
"""An amount in integer minor units."""

Currency = Annotated[str, Field(pattern="^[a-z]{3}$", examples=["usd"])]
"""ISO 4217 code in lower case."""

Version = Annotated[int, Field(ge=1)]
"""Version of an aggregate: rises by at least one with every change. A projection takes only a newer one."""


def round_score(score: float) -> float:
    """Round a score to two decimals, half to even, on its decimal rendering."""
    if round(score, 2) == score:
        return score  # most often, and ten times as fast; ``round`` alone takes halves by their binary value
    return float(Decimal(repr(score)).quantize(Decimal("0.01"), rounding=ROUND_HALF_EVEN))


Score = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False), AfterValidator(round_score)]
"""A score from 0 to 100 with two decimals."""


class Message(BaseModel):
    """Base of events and answers: a reader ignores fields that it does not know yet."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Command(BaseModel):
    """Base of requests between the gateway and a service: an unknown field is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
