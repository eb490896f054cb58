"""Nothing costs more statements, requests or events than it did."""

from dataclasses import replace

import pytest

from joust_embedded.stack import Stack
from tests.performance.budget import Cost, measure, read_budget, what_grew, write_budget


async def test_no_step_of_a_bounty_costs_more_than_its_budget(
    stack: Stack, request: pytest.FixtureRequest
) -> None:
    measured = await measure(stack)
    if request.config.getoption("--write-budget"):
        write_budget(measured)
    assert what_grew(read_budget(), measured) == [], "run `make budget` if this is meant, and say why"


COST = Cost({"task": {"BEGIN": 1.0, "COMMIT": 1.0}}, 1.0, {"task.created.v1": 1.0})


def test_what_costs_as_much_as_it_may_has_not_grown() -> None:
    assert what_grew({"create": COST}, {"create": COST}) == []


def test_what_costs_less_has_not_grown() -> None:
    assert what_grew({"create": COST}, {"create": replace(COST, internal_requests=0.0, events={})}) == []


def test_a_new_statement_is_named_with_its_step_and_service() -> None:
    more = replace(COST, statements={"task": {"BEGIN": 1.0, "COMMIT": 1.0, "SELECT tags": 1.0}})
    assert what_grew({"create": COST}, {"create": more}) == [
        "create: task: SELECT tags: 1, 0 allowed",
        "create: task: SQL statements in all: 3, 2 allowed",
    ]


def test_a_new_request_between_services_is_named() -> None:
    grown = what_grew({"create": COST}, {"create": replace(COST, internal_requests=2.0)})
    assert grown == ["create: requests from the gateway: 2, 1 allowed"]


def test_a_new_event_is_named() -> None:
    grown = what_grew({"create": COST}, {"create": replace(COST, events={"task.created.v1": 2.0})})
    assert grown == ["create: event task.created.v1: 2, 1 allowed"]


def test_a_step_without_a_budget_is_named() -> None:
    assert what_grew({}, {"create": COST}) == ["create: has no budget"]
