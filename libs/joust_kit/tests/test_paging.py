"""The cursor: what was encoded comes back, and anything else is refused politely."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joust_kit.errors import Invalid
from joust_kit.paging import Cursor, cut_page

moments = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments, st.uuids())
def test_a_cursor_comes_back_as_it_was(moment: datetime, id: UUID) -> None:
    assert Cursor.decode(Cursor(moment, id).encode()) == Cursor(moment, id)


@given(st.text(max_size=60))
def test_text_that_is_no_cursor_is_refused_and_never_fails_otherwise(text: str) -> None:
    try:
        cursor = Cursor.decode(text)
    except Invalid:
        return
    assert cursor is not None
    assert cursor.moment.tzinfo is not None


def test_no_text_is_the_beginning() -> None:
    assert Cursor.decode(None) is None


@pytest.mark.parametrize(("rows", "more"), [(0, False), (2, False), (3, False), (4, True)])
def test_a_cursor_is_given_only_if_there_is_more(rows: int, more: bool) -> None:
    now = datetime.now(UTC)
    page, cursor = cut_page(range(rows), 3, lambda number: Cursor(now, UUID(int=number)))
    assert len(page) == min(rows, 3)
    assert (cursor is not None) is more
