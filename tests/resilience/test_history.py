"""The check of what clients were told finds every kind of broken promise."""

import pytest

from tests.support.history import Call, Kind, Outcome, broken_promises


@pytest.mark.parametrize(
    ("outcome", "times", "kept"),
    [
        (Outcome.OK, 0, False),
        (Outcome.OK, 1, True),
        (Outcome.OK, 2, False),
        (Outcome.REFUSED, 0, True),
        (Outcome.REFUSED, 1, False),
        (Outcome.UNKNOWN, 0, True),
        (Outcome.UNKNOWN, 1, True),
        (Outcome.UNKNOWN, 2, False),
    ],
)
def test_a_write_is_there_as_often_as_its_client_may_believe(
    outcome: Outcome, times: int, kept: bool
) -> None:
    calls = [Call(Kind.DEAL, "mine", outcome=outcome)]
    found = {Kind.DEAL: {"mine": times, "another's": 7}}
    assert (broken_promises(calls, found) == []) is kept
