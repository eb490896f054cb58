"""Refusals about access.

JoustError
├── Forbidden            403  ScopeMissing
└── RateLimited          429  TooManyStreams
"""

from joust_contracts.vocabulary import Scope
from joust_kit.errors import Forbidden, RateLimited

_RETRY_AFTER_SECONDS = 10


class ScopeMissing(Forbidden):
    """The key is valid and may not do this."""

    message = "This API key lacks the scope for that."

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This API key lacks the scope '{scope.value}'.", required_scope=scope.value)


class TooManyStreams(RateLimited):
    """The account has as many streams open as it may."""

    message = "This account has too many streams open. Close one, or poll instead."

    def __init__(self, max_open: int) -> None:
        super().__init__(_RETRY_AFTER_SECONDS, None, max_open=max_open)
