"""Which route has which limit of its own: as the guide's table says, which is the Straw document's."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from joust_gateway.limits import Limit, OwnLimit
from joust_kit.testing.component import ServiceUnderTest
from tests.authorisation.table import Route, scopes

GUIDE = Path(__file__).parents[4] / "docs" / "api" / "access.md"
CONVERTER = re.compile(r":\w+\}")
"""How a parameter is read; OpenAPI leaves it out."""
ROW = re.compile(r"\| ([A-Z]+) (/\S+) \| (\w+) \|")
DOCUMENTED = {
    Route("POST", "/api/v1/tasks/{task_id}/quick-submit"): Limit.SUBMISSIONS,
    Route("POST", "/api/v1/tasks"): Limit.MUTATIONS,
    Route("POST", "/api/v1/tasks/{task_id}/publish"): Limit.MUTATIONS,
    Route("POST", "/api/v1/tasks/{task_id}/close"): Limit.MUTATIONS,
    Route("POST", "/api/v1/deals"): Limit.MUTATIONS,
}
"""Straw document, ``rate_limits``: what it names."""


def table() -> dict[Route, Limit]:
    return {Route(method, path): Limit(limit) for method, path, limit in ROW.findall(GUIDE.read_text())}


def declared(routes: Sequence[Any]) -> Iterator[tuple[Route, list[Limit]]]:
    """The own limits of each route, also of those in included routers."""
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is not None:
            yield from declared(included.routes)
        elif (dependant := getattr(route, "dependant", None)) is not None:
            own = [each.call.limit for each in dependant.dependencies if isinstance(each.call, OwnLimit)]
            for method in route.methods:
                yield Route(method, CONVERTER.sub("}", route.path)), own


def test_every_route_has_the_limit_of_the_table_and_no_other(gateway: ServiceUnderTest) -> None:
    found = dict(declared(gateway.app.routes))
    assert set(scopes()) <= set(found)
    expected = table()
    assert {route: own for route, own in found.items() if own} == {
        route: [limit] for route, limit in expected.items() if route in found
    }


def test_the_table_has_what_the_straw_document_names() -> None:
    assert DOCUMENTED.items() <= table().items()
