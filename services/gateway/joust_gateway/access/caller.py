"""The caller of a request."""

from dataclasses import dataclass
from uuid import UUID

from joust_contracts.vocabulary import Scope
from joust_kit.identity import Actor


@dataclass(frozen=True)
class Caller:
    """An account, and the key with which it came."""

    actor: Actor
    key_id: UUID
    scopes: frozenset[Scope]
