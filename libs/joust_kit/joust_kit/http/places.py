"""Places for connections: so many in all, so many of one address, and some more to be told so."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from joust_kit.observability.logging import get_logger
from joust_kit.observability.metrics import CONNECTIONS_REFUSED

log = get_logger(__name__)

_LOBBY_SHARE = 8
"""One more place for so many: to say no to those who are too many."""


@dataclass(frozen=True)
class AddressLimit:
    """How many connections may come from one address."""

    max_connections: int
    counted_as: Callable[[str], str | None]
    """For whom a peer's address counts; ``None`` for nobody, as that of a proxy does."""


class Place(StrEnum):
    """Where a connection is."""

    WITHIN = "within"
    LOBBY = "lobby"
    """It is told that there is no place."""
    OUTSIDE = "outside"
    """It is closed without a word."""


class Limit(StrEnum):
    """Why there is no place."""

    PROCESS = "process"
    ADDRESS = "address"


@dataclass(frozen=True)
class Taken:
    """What one connection takes until it gives it back."""

    place: Place
    owner: str | None
    passed: Limit | None = None
    """The limit that left it no place within."""


class Places:
    """Gives connections of one process their places. What waits in the lobby takes no place of others."""

    def __init__(self, max_connections: int, of_address: AddressLimit | None = None) -> None:
        self._max_connections = max_connections
        self._of_address = of_address
        self._max_in_lobby = lobby_of(max_connections)
        self._within = self._in_lobby = 0
        self._by_owner: Counter[str] = Counter()

    def take(self, address: str | None) -> Taken:
        """The place of a new connection; ``address`` is its peer's, ``None`` if it has none."""
        limit = self._of_address
        owner = None if address is None or limit is None else limit.counted_as(address)
        if limit is not None and owner is not None and self._by_owner[owner] >= limit.max_connections:
            return self._refused(Limit.ADDRESS, owner)
        if self._within >= self._max_connections:
            return self._refused(Limit.PROCESS, owner)
        self._within += 1
        if owner is not None:
            self._by_owner[owner] += 1
        return Taken(Place.WITHIN, owner)

    def give_back(self, taken: Taken) -> None:
        """The connection is over."""
        match taken.place:
            case Place.WITHIN:
                self._within -= 1
                if taken.owner is not None:
                    self._by_owner[taken.owner] -= 1
                    if not self._by_owner[taken.owner]:
                        del self._by_owner[taken.owner]
            case Place.LOBBY:
                self._in_lobby -= 1

    def _refused(self, passed: Limit, owner: str | None) -> Taken:
        place = Place.LOBBY if self._in_lobby < self._max_in_lobby else Place.OUTSIDE
        CONNECTIONS_REFUSED.labels(passed.value, place.value).inc()
        if place is Place.OUTSIDE:
            return Taken(place, owner, passed)
        if not self._in_lobby:
            log.warning("too many connections", limit=passed.value, of=owner)
        self._in_lobby += 1
        return Taken(place, owner, passed)


def lobby_of(max_connections: int) -> int:
    """How many more may be told that they are too many."""
    return 1 + max_connections // _LOBBY_SHARE


def fitting(open_files: int) -> int:
    """How many connections, with the lobby, so many open files are enough for."""
    return max(1, open_files * _LOBBY_SHARE // (_LOBBY_SHARE + 1))
