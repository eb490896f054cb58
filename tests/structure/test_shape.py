"""The shape of the code: what a reviewer would otherwise have to look for."""

import ast
from dataclasses import dataclass
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
STATEMENTS = {"select", "insert", "update", "delete", "text"}

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


@dataclass(frozen=True)
class Module:
    """A source file, read once for all that is asked of it."""

    name: str
    """Its path in the repository."""
    lines: int
    tree: ast.Module

    @property
    def commits(self) -> bool:
        """Whether it ends transactions by itself."""
        calls = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return any(isinstance(call, ast.Attribute) and call.attr == "commit" for call in calls)

    @property
    def writes_sql(self) -> bool:
        """Whether it imports what statements are made with."""
        imports = (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))
        from_alchemy = [node for node in imports if (node.module or "").startswith("sqlalchemy")]
        return any(alias.name in STATEMENTS for node in from_alchemy for alias in node.names)


@pytest.fixture(scope="module")
def modules() -> list[Module]:
    """All code that runs in production, but for migrations."""
    files = (file for folder in CODE for file in sorted((ROOT / folder).rglob("*.py")))
    texts = {
        str(file.relative_to(ROOT)): file.read_text()
        for file in files
        if "tests" not in file.parts and "versions" not in file.parts
    }
    return [Module(name, len(text.splitlines()), ast.parse(text)) for name, text in texts.items()]


def table(name: ServiceName) -> Subscriptions:
    found = import_module(f"joust_{name}.subscriptions").SUBSCRIPTIONS
    assert isinstance(found, Subscriptions)
    return found


def test_a_file_is_short_and_says_what_it_is(modules: list[Module]) -> None:
    assert [each.name for each in modules if each.lines > MAX_FILE_LINES] == []
    assert [each.name for each in modules if each.lines and not ast.get_docstring(each.tree)] == []


def test_no_function_is_endless(modules: list[Module]) -> None:
    lengths = {
        f"{each.name} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for each in modules
        for node in ast.walk(each.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in lengths.items() if lines > MAX_FUNCTION_LINES} == {}
    assert lengths


def test_nobody_commits_but_the_edge(modules: list[Module]) -> None:
    assert [each.name for each in modules if each.commits and not each.name.startswith("libs/")] == []
    assert any(each.commits for each in modules), "the edge commits"


def test_no_module_is_named_after_nothing(modules: list[Module]) -> None:
    assert {Path(each.name).stem for each in modules}.isdisjoint({"utils", "helpers", "common_utils", "misc"})


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


def test_sql_is_written_in_repositories_alone(modules: list[Module]) -> None:
    homes = {"repository", "migrations", "models.py", "repository.py", "audit.py"}
    strangers = [
        each.name
        for each in modules
        if each.writes_sql and each.name.startswith("services/") and homes.isdisjoint(Path(each.name).parts)
    ]
    assert strangers == []
    assert any(each.writes_sql for each in modules)
