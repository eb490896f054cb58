"""The shape of the code: what a reviewer would otherwise have to look for."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

from joust_contracts.events import ALL_EVENTS
from joust_contracts.services import ServiceName
from joust_kit.messaging.subscriptions import Subscriptions

ROOT = Path(__file__).parent.parent.parent
CODE = ["contracts", "libs", "services", "deploy"]
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

NOT_YET_HEARD = {
    "account.created.v1",
    "api_key.created.v1",
    "api_key.revoked.v1",
    "evaluation.started.v1",
    "leaderboard.changed.v1",
    "deal.settled.v1",
    "delivery.succeeded.v1",
    "delivery.failed.v1",
    "endpoint.disabled.v1",
    "account.snapshot.v1",
    "api_key.snapshot.v1",
    "deal.snapshot.v1",
    "delivery.snapshot.v1",
    "matching.snapshot.v1",
}
"""Facts that are told for readers to come; each later reader takes its line out of here."""


WITHOUT_SNAPSHOT = {"judge.unreached.v1", "endpoint.disabled.v1"}
"""Facts that may be lost with their topic: without the first, the reason of a failed evaluation is less exact;
the second stands in its owner's list of webhooks, too."""


def sources() -> list[Path]:
    return [
        file
        for folder in CODE
        for file in sorted((ROOT / folder).rglob("*.py"))
        if "tests" not in file.parts and "versions" not in file.parts
    ]


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def table(name: ServiceName) -> Subscriptions:
    found = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS
    assert isinstance(found, Subscriptions)
    return found


@pytest.mark.parametrize("file", sources(), ids=name_of)
def test_a_file_is_short_says_what_it_is_and_has_no_endless_function(file: Path) -> None:
    text = file.read_text()
    tree = ast.parse(text)
    assert len(text.splitlines()) <= MAX_FILE_LINES
    assert not text.strip() or ast.get_docstring(tree), "a module begins with what it owns"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= MAX_FUNCTION_LINES, f"{node.name} has {length} lines"


@pytest.mark.parametrize("file", sources(), ids=name_of)
def test_nobody_commits_but_the_edge(file: Path) -> None:
    if file.is_relative_to(ROOT / "libs"):
        return
    calls = [node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    commits = [call for call in calls if isinstance(call, ast.Attribute) and call.attr == "commit"]
    assert commits == []


@pytest.mark.parametrize("file", sources(), ids=name_of)
def test_no_module_is_named_after_nothing(file: Path) -> None:
    assert file.stem not in {"utils", "helpers", "common_utils", "misc"}


@pytest.mark.parametrize("name", ServiceName)
def test_a_service_emits_only_facts_of_its_own(name: ServiceName) -> None:
    assert {event.source for event in table(name).emits} <= {name}


def test_every_fact_of_the_contracts_is_emitted_by_its_service() -> None:
    emitted = {event.wire_type() for name in ServiceName for event in table(name).emits}
    assert emitted == {event.wire_type() for event in ALL_EVENTS}


def test_every_fact_is_heard_by_somebody_or_listed_as_not_yet_heard() -> None:
    heard = {event for name in ServiceName for event in table(name).event_types}
    everything = {event.wire_type() for event in ALL_EVENTS}
    assert everything - heard == NOT_YET_HEARD


@pytest.mark.parametrize("name", ServiceName)
def test_every_aggregate_that_a_service_tells_of_can_be_told_as_it_is(name: ServiceName) -> None:
    told = {event for event in table(name).emits if event.subject_happened.endswith(".snapshot")}
    assert {each.event for each in import_module(f"joust_{name}.snapshots").AGGREGATES} == told
    bases = {event.__bases__ for event in table(name).emits if event.wire_type() not in WITHOUT_SNAPSHOT}
    assert {event.__bases__ for event in told} == bases


@pytest.mark.parametrize("name", ServiceName)
def test_a_handler_is_named_after_its_deed_and_its_fact(name: ServiceName) -> None:
    for handler in table(name).handlers:
        assert "_on_" in handler.name, f"{handler.name}: say the deed and the fact, as close_task_on_ranked"
        assert handler.run.__doc__


@pytest.mark.parametrize("name", ServiceName)
def test_a_service_has_the_shape_that_all_have(name: ServiceName) -> None:
    package = ROOT / "services" / name / f"joust_{name}"
    for file in ("app.py", "settings.py", "bootstrap.py", "subscriptions.py", "tables.py", "__main__.py"):
        assert (package / file).is_file(), f"{name} has no {file}"


@pytest.mark.parametrize("file", sources(), ids=name_of)
def test_sql_is_written_in_repositories_alone(file: Path) -> None:
    if not file.is_relative_to(ROOT / "services") or file.name in {"models.py", "repository.py", "audit.py"}:
        return
    if "repository" in file.parts or "migrations" in file.parts:
        return
    statements = {"select", "insert", "update", "delete", "text"}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            assert not statements & {alias.name for alias in node.names}
