"""A deadline that passes at each look at the clock that a request makes, one after the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from joust_kit.testing.component import ServiceUnderTest

LOOKS = range(10)
"""More than a request makes, so that the last one is over before the deadline."""
_TICK = timedelta(seconds=1)
_MANY = 10_000


@contextmanager
def deadline_passes(service: ServiceUnderTest, deadline: datetime, *, after_looks: int) -> Iterator[None]:
    """With each look at the service's clock a second passes, and after as many as are named the deadline."""
    moments = (deadline + number * _TICK for number in range(-after_looks, _MANY))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service.clock, "now", lambda: next(moments))
        yield
