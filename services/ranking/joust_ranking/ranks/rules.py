"""Into which buckets a place falls, and which buckets lie wholly before it. No I/O.

Places of a task are ordered by score, best first, and equal scores by the moment of receipt. Four levels of
buckets cut that order finer and finer: whole points, hundredths of a point (scores have no finer step), hours
and minutes within one score. What is before a place is then at most 101 + 100 buckets of scores, the hours in
which its own score was reached before, and 59 minutes; only those of its own minute are counted one by one.
Buckets depend on the standings alone, not on the order in which these came.
"""

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_BEST = 10_000
"""The best score in hundredths; counted down from, so that better scores come first."""
_TIMES = 2**32
"""Numbers of a score's hours or minutes; more than 8,000 years of minutes."""


class Level(IntEnum):
    """How fine a bucket is."""

    POINT = 1
    HUNDREDTH = 2
    HOUR = 3
    MINUTE = 4


class Bucket(NamedTuple):
    """Places that are counted together; a lower number is better."""

    level: Level
    number: int


class Span(NamedTuple):
    """Buckets of one level, from ``first`` on and before ``end``."""

    level: Level
    first: int
    end: int


class Before(NamedTuple):
    """All that is before a place: whole buckets, and the part of its own minute that began at ``since``."""

    spans: tuple[Span, ...]
    since: datetime


def buckets_of(score: float, received_at: datetime) -> tuple[Bucket, ...]:
    """The bucket of each level that counts a place; ``score`` has two decimals, from 0 to 100."""
    hundredth, minute = _hundredth(score), _minute(received_at)
    return (
        Bucket(Level.POINT, hundredth // 100),
        Bucket(Level.HUNDREDTH, hundredth),
        Bucket(Level.HOUR, hundredth * _TIMES + minute // 60),
        Bucket(Level.MINUTE, hundredth * _TIMES + minute),
    )


def before(score: float, received_at: datetime) -> Before:
    """What is before a place; each place before it is in exactly one of the spans or in its own minute."""
    hundredth, minute = _hundredth(score), _minute(received_at)
    point, hour, own = hundredth // 100, minute // 60, hundredth * _TIMES
    spans = (
        Span(Level.POINT, 0, point),
        Span(Level.HUNDREDTH, point * 100, hundredth),
        Span(Level.HOUR, own, own + hour),
        Span(Level.MINUTE, own + hour * 60, own + minute),
    )
    return Before(spans, _EPOCH + minute * _MINUTE)


def _hundredth(score: float) -> int:
    return _BEST - round(score * 100)


def _minute(moment: datetime) -> int:
    return (moment - _EPOCH) // _MINUTE
