"""Files of the accounts that hand in."""

import pytest

from services.submission.tests.conftest import Arena
from services.submission.tests.workspace.shelf import Shelf


@pytest.fixture
def shelf(arena: Arena) -> Shelf:
    """A new account's files."""
    return Shelf(arena.service)
