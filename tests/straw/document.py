"""The Straw document as data: what it promises of each endpoint."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

DOCUMENT = Path(__file__).parent / "straw-api.json"
_PLACEHOLDER = re.compile(r":(\w+)")


@dataclass(frozen=True)
class Endpoint:
    """One of the document's ``endpoints``."""

    method: str
    path: str
    """As the document writes it, e.g. ``/api/v1/tasks/:id``, without a query."""
    needs_key: bool
    query: dict[str, str] = field(default_factory=dict)
    """Parameters, each with the document's words about it; so are the fields of a request."""
    request: dict[str, str] = field(default_factory=dict)
    response_fields: tuple[str, ...] = ()
    status_values: frozenset[str] = frozenset()
    content_type: str | None = None
    events: frozenset[str] = frozenset()
    error_codes: tuple[str, ...] = ()

    @classmethod
    def of(cls, written: dict[str, Any]) -> Self:
        """Read an entry."""
        path, _, query = written["path"].partition("?")
        return cls(
            method=written["method"],
            path=path,
            needs_key=written["auth"],
            query={**dict.fromkeys(re.findall(r"(\w+)=", query), ""), **written.get("query_params", {})},
            request=written.get("request", {}),
            response_fields=tuple(written.get("response_fields", ())),
            status_values=frozenset(written.get("status_values", ())),
            content_type=written.get("content_type"),
            events=frozenset(written.get("events", ())),
            # "NOT_FOUND (PUT never happened or URL expired)"
            error_codes=tuple(code.split(" ")[0] for code in written.get("error_codes", ())),
        )

    @property
    def shape(self) -> str:
        """The path whatever its placeholders are called."""
        return _PLACEHOLDER.sub("{}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def read_document() -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = json.loads(DOCUMENT.read_text())
    return document


def endpoints() -> list[Endpoint]:
    """All endpoints, in the document's order."""
    return [Endpoint.of(written) for written in read_document()["endpoints"]]


def general_codes() -> list[str]:
    """``errors.codes``."""
    return list(read_document()["errors"]["codes"])
