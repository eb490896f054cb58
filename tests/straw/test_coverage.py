"""The page of endpoints, services and tests is up to date."""

from tests.straw import coverage, ours
from tests.straw.requests import ROOT, Made, deeds_of_helpers, requests_of


def rows(page: str) -> dict[str, set[str]]:
    """What stands in the cells, by endpoint."""
    lines = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    return {line[0]: {word for cell in line[1:] for word in cell.split(", ")} for line in lines}


def test_the_page_says_what_the_tests_do() -> None:
    written, true = rows(coverage.TABLE.read_text()), rows(coverage.page(ours.described()))
    assert set(written) == set(true)
    untrue = {endpoint: words - true[endpoint] for endpoint, words in written.items()}
    assert not any(untrue.values()), f"write the page anew by `make coverage`: {untrue}"


def test_a_function_of_the_client_stands_for_its_request() -> None:
    deeds = deeds_of_helpers()
    assert deeds["close_task"] == {Made("POST", "/api/v1/tasks/{}/close")}
    assert Made("POST", "/api/v1/tasks/{}/publish") in deeds["open_task"]
    assert Made("GET", "/api/v1/submissions/{}") in deeds["submit_and_wait"]


def test_requests_of_a_guide_are_found() -> None:
    made = requests_of(ROOT / "docs" / "api" / "straw.md", {})
    assert Made("POST", "/api/v1/tasks/{}/quick-submit") in made
