"""The reviewed table of who may do what: ``docs/api/authorisation.md``, read strictly."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from joust_contracts.internal.common import ErrorCode
from joust_contracts.vocabulary import Scope

TABLE = Path(__file__).parent.parent.parent / "docs" / "api" / "authorisation.md"
ABSENT, MALFORMED = "absent", "malformed"
"""Objects that every route with an id has a row for."""
_LEADING = ["route", "scope", "object"]


class Route(NamedTuple):
    """A route of the public API, as OpenAPI writes it."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Expected(NamedTuple):
    """What a caller gets."""

    status: int
    code: ErrorCode | None = None
    """Of a refusal."""
    shows: bool | None = None
    """Whether the answer holds the object's id; ``None`` if it does not matter."""

    @property
    def is_refusal(self) -> bool:
        """True if nothing is given and nothing is changed."""
        return self.status >= 400


@dataclass(frozen=True)
class Row:
    """What each caller with a full key gets, for one kind of object."""

    route: Route
    scope: Scope | None
    """``None`` for a route that asks for no key."""
    thing: str
    """Kind of object, empty if the route is about none."""
    cells: dict[str, Expected]

    @property
    def needs_a_fresh_thing(self) -> bool:
        """True if a caller may change the object, or looks for it on the first page of a list."""
        return self.route.method != "GET" or any(cell.shows is not None for cell in self.cells.values())

    def __str__(self) -> str:
        return f"{self.route} {self.thing}".strip()


def read_table() -> list[Row]:
    """All rows. Raises ``ValueError`` for what can't be read, or stands twice."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith("|")]
    header, _, *body = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    if header[:3] != _LEADING:
        raise ValueError(f"the table begins with the columns {_LEADING}")
    rows = [_row(header[3:], cells) for cells in body]
    if len({str(row) for row in rows}) < len(rows):
        raise ValueError("a row stands twice")
    return rows


def scopes() -> dict[Route, Scope | None]:
    """The scope of each route. Raises ``ValueError`` if rows of a route differ."""
    found: dict[Route, Scope | None] = {}
    for row in read_table():
        if found.setdefault(row.route, row.scope) != row.scope:
            raise ValueError(f"{row.route} has two scopes")
    return found


def _row(callers: list[str], cells: list[str]) -> Row:
    route, scope, thing, *expected = cells
    method, path = route.split(" ")
    return Row(
        Route(method, path),
        None if scope == "none" else Scope(scope),
        thing,
        dict(zip(callers, map(_expected, expected), strict=True)),
    )


def _expected(cell: str) -> Expected:
    status, _, word = cell.partition(" ")
    if word in {"shows", "hides"}:
        return Expected(int(status), shows=word == "shows")
    return Expected(int(status), ErrorCode(word) if word else None)
