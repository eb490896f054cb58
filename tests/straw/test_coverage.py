"""The page of endpoints, services and tests is up to date."""

from tests.straw import coverage, ours
from tests.straw.requests import Made, deeds_of_helpers, requests_of


def test_the_page_says_what_the_tests_do() -> None:
    assert coverage.TABLE.read_text() == coverage.page(ours.described()), "write it anew by `make coverage`"


def test_a_function_of_the_client_stands_for_its_request() -> None:
    deeds = deeds_of_helpers()
    assert deeds["close_task"] == {Made("POST", "/api/v1/tasks/{}/close")}
    assert Made("POST", "/api/v1/tasks/{}/publish") in deeds["open_task"]
    assert Made("GET", "/api/v1/submissions/{}") in deeds["submit_and_wait"]


def test_requests_of_a_guide_are_found() -> None:
    made = requests_of(coverage.ROOT / "docs" / "api" / "straw.md", {})
    assert Made("POST", "/api/v1/tasks/{}/quick-submit") in made
