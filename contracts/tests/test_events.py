"""Events on the wire, and what would break those who read them."""

import copy
import json
from typing import Any

import pytest

from joust_contracts.compatibility import breaking_changes
from joust_contracts.events import ALL_EVENTS, EventData, TaskPublished
from joust_contracts.export import SCHEMAS, problems, schema_of

EVENT_IDS = [event.wire_type() for event in ALL_EVENTS]
IRREGULAR = {"held", "made"}


def test_the_committed_schemas_are_those_of_the_code_and_break_nobody() -> None:
    assert problems() == []


@pytest.mark.parametrize("event", ALL_EVENTS, ids=EVENT_IDS)
def test_a_wire_type_is_a_fact_in_the_past_tense_or_a_snapshot_with_a_version(event: type[EventData]) -> None:
    subject, _, rest = event.wire_type().partition(".")
    fact, _, version = rest.rpartition(".v")
    assert subject.replace("_", "").isalpha()
    assert fact.endswith("ed") or fact in IRREGULAR | {"snapshot"}
    assert version.isdigit()


@pytest.mark.parametrize("event", ALL_EVENTS, ids=EVENT_IDS)
def test_an_event_tells_what_it_means(event: type[EventData]) -> None:
    assert event.__doc__
    assert not event.__doc__.startswith("Common to")


def published_schema() -> dict[str, Any]:
    return json.loads((SCHEMAS / f"{TaskPublished.wire_type()}.json").read_text())  # type: ignore[no-any-return]


def snapshot_of(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["$defs"]["TaskSnapshot"]  # type: ignore[no-any-return]


def remove_field(snapshot: dict[str, Any]) -> None:
    del snapshot["properties"]["budget_cents"]


def change_type(snapshot: dict[str, Any]) -> None:
    snapshot["properties"]["title"]["type"] = "integer"


def may_be_missing(snapshot: dict[str, Any]) -> None:
    snapshot["required"].remove("title")


def may_be_null(snapshot: dict[str, Any]) -> None:
    snapshot["properties"]["title"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Title"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (remove_field, "task.budget_cents: the field is gone"),
        (change_type, "task.title: "),
        (may_be_missing, "task.title: was always there"),
        (may_be_null, "task.title: may now be"),
    ],
)
def test_a_change_that_breaks_readers_is_named(change: Any, named: str) -> None:
    changed = copy.deepcopy(published_schema())
    change(snapshot_of(changed))
    found = breaking_changes(published_schema(), changed)
    assert any(line.startswith(named) for line in found), found


def test_a_status_that_readers_do_not_know_is_named() -> None:
    changed = copy.deepcopy(published_schema())
    changed["$defs"]["TaskStatus"]["enum"].append("paused")
    assert breaking_changes(published_schema(), changed) == [
        "task.status: may now be ['paused'], which the committed version does not list"
    ]


def test_a_new_field_breaks_nobody() -> None:
    changed = copy.deepcopy(published_schema())
    snapshot_of(changed)["properties"]["colour"] = {"type": "string"}
    snapshot_of(changed)["required"].append("colour")
    assert breaking_changes(published_schema(), changed) == []


def test_an_event_with_a_field_that_a_reader_does_not_know_is_read() -> None:
    schema = schema_of(TaskPublished)
    assert schema["$defs"]["TaskSnapshot"].get("additionalProperties") is not False
