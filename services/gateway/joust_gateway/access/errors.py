"""Refusals about access.

JoustError
└── Forbidden            403  ScopeMissing
"""

from joust_contracts.vocabulary import Scope
from joust_kit.errors import Forbidden


class ScopeMissing(Forbidden):
    """The key is valid and may not do this."""

    message = "This API key lacks the scope for that."

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This API key lacks the scope '{scope.value}'.", required_scope=scope.value)
