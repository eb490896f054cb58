"""The page of endpoints, services and tests is up to date: `make coverage` writes it."""

import pytest

from tests.straw import coverage, ours
from tests.straw.document import Endpoint
from tests.straw.requests import ROOT, Made, deeds_of_helpers, requests_of


def test_the_page_lists_every_endpoint_and_every_test_that_asks_for_it() -> None:
    written = coverage.TABLE.read_text().splitlines()
    true = coverage.page(ours.described()).splitlines()
    assert [line for line in true if line not in written] == [], "`make coverage` adds these"
    assert written == true, "write the page anew by `make coverage`"


def test_an_endpoint_beside_the_document_is_listed_too() -> None:
    beside = set(map(str, coverage.own_endpoints(ours.described())))
    assert {"POST /api/v1/accounts", "POST /api/v1/tasks/:task_id/preflight"} <= beside
    assert "POST /api/v1/tasks" not in beside


def test_an_endpoint_that_no_test_asks_for_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    unasked = Endpoint("GET", "/api/v1/never/asked", needs_key=True)
    monkeypatch.setattr(coverage, "own_endpoints", lambda _: [unasked])
    with pytest.raises(ValueError, match="GET /api/v1/never/asked is not asked for by any test"):
        coverage.page(ours.described())


def test_a_function_of_the_client_stands_for_its_request() -> None:
    deeds = deeds_of_helpers()
    assert deeds["close_task"] == {Made("POST", "/api/v1/tasks/{}/close")}
    assert Made("POST", "/api/v1/tasks/{}/publish") in deeds["open_task"]
    assert Made("GET", "/api/v1/submissions/{}") in deeds["submit_and_wait"]


def test_requests_of_a_guide_are_found() -> None:
    made = requests_of(ROOT / "docs" / "api" / "straw.md", {})
    assert Made("POST", "/api/v1/tasks/{}/quick-submit") in made
