"""How to call each route of the public API, as its OpenAPI document says; a body that needs more is here."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from joust_embedded.bounty.client import a_task
from joust_embedded.bounty.works import DECENT, THOROUGH
from tests.authorisation.table import Route
from tests.support.artifacts import zipped

Ids = Mapping[str, str]
"""What stands for each placeholder, e.g. ``{"task_id": "…"}``."""


def a_competition(**changes: Any) -> dict[str, Any]:
    """A valid draft of a competition, whose deadlines are days away."""
    now = datetime.now(UTC)
    deadlines = {"submission": now + timedelta(days=3), "winner_selection": now + timedelta(days=10)}
    return {
        "title": "A logo for a lighthouse",
        "overview": "An SVG, readable at 16 pixels.",
        "prize": {"amount": 50_000, "currency": "usd"},
        "deadlines": {name: moment.isoformat() for name, moment in deadlines.items()},
        **changes,
    }


SUITE = b'{"test_cases": [{"name": "a", "input": "", "expected_output": "", "match_type": "exact"}]}'

_BODIES: dict[str, Any] = {
    "POST /api/v1/tasks": a_task(),
    "POST /api/competitions": a_competition(),
    "POST /api/competitions/{competition_id}/winner": {"submission_id": "{draft_id}"},
    "POST /api/submission-drafts/{draft_id}/submit": {"assets": [], "terms_accepted": True},
    "POST /api/assets/{asset_upload_id}/complete": {"parts": [{"part_number": 1, "etag": "0"}]},
    "POST /api/v1/webhooks": {"url": "http://127.0.0.1:9/hook", "events": ["deal.created"]},
    "POST /api/v1/tasks/{task_id}/quick-submit": {"files": DECENT},
    "PUT /api/v1/wallet": {"payout_method": "stripe_usd", "payout_address": "acct_1"},
    "POST /api/v1/workspace/files/finalize": {"path": "never/uploaded"},
    "POST /api/v1/evaluations/{evaluation_id}/extend": {"lease_id": "{lease_id}"},
    "POST /api/jobs/{job_id}/claim": {},
    "POST /api/v1/deals": {
        "taskId": "{task_id}",
        "agentId": "{agent_id}",
        "dealType": "agent_hire",
        "dealValueCents": 0,
    },
}
"""Bodies whose example in the document names objects or moments; every other one is its example."""


_ARTIFACT = {"files": {"file": ("work.zip", zipped(THOROUGH))}}
_FORMS: dict[str, dict[str, Any]] = {
    "POST /api/tasks/{task_id}/attachments": {
        "files": {"file": ("notes.txt", b"notes")},
        "data": {"field": "description"},
    },
    "POST /api/v1/tasks/{task_id}/test-suite": {"files": {"file": ("suite.json", SUITE)}},
    "POST /api/v1/submissions/{submission_id}/upload": _ARTIFACT,
}
"""Forms, as the HTTP client takes them."""
_FILES = {"PUT /api/v1/tasks/{task_id}/samples/{kind}": {"content": zipped(THOROUGH)}}
"""Bodies that are a file, as the HTTP client takes them."""
FORMS = _FORMS | {"POST /api/v1/tasks/{task_id}/preflight": _ARTIFACT}
"""These, and those of routes that take JSON as well."""
_FORM = "multipart/form-data"


_QUERIES = {"GET /api/v1/search/tasks": {"query": "summarise csv"}}
"""Parameters that are required and name no object."""


class Request(NamedTuple):
    """A request without its key."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    form: Mapping[str, Any] = {}


class Calls:
    """Makes requests from an OpenAPI document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._operations = {
            Route(method.upper(), path): operation
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    @property
    def routes(self) -> set[Route]:
        """All routes of the document."""
        return set(self._operations)

    def security_of(self, route: Route) -> list[dict[str, list[str]]] | None:
        """What the document says that a caller needs."""
        needed: list[dict[str, list[str]]] | None = self._operations[route].get("security")
        return needed

    def names_an_object(self, route: Route) -> bool:
        """True if a request of this route holds an id."""
        return bool(self._parameters(route)) or _names_an_object(_BODIES.get(str(route)))

    @property
    def routes_with_forms(self) -> set[Route]:
        """All routes that take a form."""
        return {route for route in self._operations if _FORM in self._content(route)}

    def takes_json(self, route: Route) -> bool:
        """True if a request of this route has something to say in JSON."""
        return "application/json" in self._content(route)

    def form_schema(self, route: Route) -> dict[str, Any]:
        """What the document says of a form."""
        schema: dict[str, Any] = self._content(route)[_FORM]["schema"]
        return schema

    def request(self, route: Route, ids: Ids) -> Request:
        """A valid request about the objects. Raises ``KeyError`` if an id is missing."""
        body = _filled(self._body(route), ids)
        return Request(route.method, *self.address(route, ids), body, (_FORMS | _FILES).get(str(route), {}))

    def address(self, route: Route, ids: Ids) -> tuple[str, dict[str, str]]:
        """Path and query of a request. Raises ``KeyError`` if an id is missing."""
        path, params = route.path, dict(_QUERIES.get(str(route), {}))
        for parameter in self._parameters(route):
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", ids[name])
            else:
                params[name] = ids[name]
        return path, params

    def _parameters(self, route: Route) -> list[dict[str, Any]]:
        listed = self._operations[route].get("parameters", [])
        filled = _QUERIES.get(str(route), {})
        return [
            each
            for each in listed
            if each["in"] in {"path", "query"} and each.get("required") and each["name"] not in filled
        ]

    def _body(self, route: Route) -> Any:
        if (body := _BODIES.get(str(route))) is not None:
            return body
        return self._content(route).get("application/json", {}).get("example")

    def _content(self, route: Route) -> dict[str, Any]:
        content: dict[str, Any] = self._operations[route].get("requestBody", {}).get("content", {})
        return content


def _filled(body: Any, ids: Ids) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    return ids[body[1:-1]] if _is_placeholder(body) else body


def _names_an_object(body: Any) -> bool:
    if isinstance(body, dict):
        return any(map(_names_an_object, body.values()))
    return _is_placeholder(body)


def _is_placeholder(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("{") and value.endswith("}")
