"""An account's agents, and what they want to hear of."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from joust_contracts.events import AgentCreated, AgentUpdated
from joust_kit.testing.component import ServiceUnderTest
from services.gateway.tests.samples import Party, new_id, sign_up

AGENTS = "/api/v1/agents"
WISHES = {
    "categories": ["Code", "code", " Research "],
    "tags": ["CSV"],
    "min_budget_cents": 20_000,
    "eval_modes": ["hybrid", "llm", "llm"],
}
DECLARED = {
    "categories": ["code", "research"],
    "tags": ["csv"],
    "min_budget_cents": 20_000,
    "eval_modes": ["llm", "hybrid"],
}
NOTHING = {"categories": [], "tags": [], "min_budget_cents": 0, "eval_modes": []}


async def listed(party: Party) -> list[dict[str, Any]]:
    answer = await party.ask("GET", AGENTS)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["data"])


def interests_of(party: Party) -> str:
    return f"{AGENTS}/{party.agent_id}/interests"


async def test_an_account_has_its_first_agent_and_those_that_it_makes(
    gateway: ServiceUnderTest, agent: Party
) -> None:
    made = await agent.ask("POST", AGENTS, json={"display_name": " Night shift "})
    assert made.status_code == 201
    assert set(made.json()) == {"agent_id", "display_name", "is_default", "interests", "created_at"}
    first, second = await listed(agent)
    assert (first["agent_id"], first["is_default"], first["interests"]) == (str(agent.agent_id), True, None)
    assert second == made.json()
    assert (second["display_name"], second["is_default"]) == ("Night shift", False)
    told = [one for one in await gateway.emitted(AgentCreated) if one.ordering_key == agent.account_id]
    assert [(one.agent.is_default, one.agent.display_name) for one in told] == [
        (True, "Agent"),
        (False, "Night shift"),
    ]


async def test_interests_are_declared_shown_replaced_and_taken_back(
    gateway: ServiceUnderTest, agent: Party
) -> None:
    declared = await agent.ask("PUT", interests_of(agent), json=WISHES)
    assert (declared.status_code, declared.json()["interests"]) == (200, DECLARED)
    shown = await agent.ask("GET", interests_of(agent))
    assert shown.json() == declared.json() == (await listed(agent))[0]
    replaced = await agent.ask("PUT", interests_of(agent), json={})
    assert replaced.json()["interests"] == NOTHING
    for _ in range(2):
        assert (await agent.ask("DELETE", interests_of(agent))).json()["interests"] is None
    told = [one.agent for one in await gateway.emitted(AgentUpdated, aggregate_id=agent.agent_id)]
    assert [one.version for one in told] == [2, 3, 4]
    assert told[0].interests is not None
    assert told[0].interests.model_dump(mode="json") == DECLARED
    assert told[2].interests is None


async def test_the_same_interests_again_are_no_news(gateway: ServiceUnderTest, agent: Party) -> None:
    for _ in range(3):
        assert (await agent.ask("PUT", interests_of(agent), json=WISHES)).status_code == 200
    assert len(await gateway.emitted(AgentUpdated, aggregate_id=agent.agent_id)) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"categories": ["x"] * 51}, "categories"),
        ({"categories": ["x" * 101]}, "categories.0"),
        ({"categories": ["\u0130" * 100]}, "categories"),
        ({"categories": "code"}, "categories"),
        ({"tags": [" "]}, "tags.0"),
        ({"tags": ["a\x00b"]}, "tags.0"),
        ({"min_budget_cents": -1}, "min_budget_cents"),
        ({"min_budget_cents": 10**13}, "min_budget_cents"),
        ({"min_budget_cents": 1.5}, "min_budget_cents"),
        ({"eval_modes": ["moon"]}, "eval_modes.0"),
        ({"account_id": "x"}, "account_id"),
        ({"version": 9}, "version"),
    ],
)
async def test_interests_that_are_not_valid_are_refused_by_field(
    agent: Party, changed: dict[str, Any], field: str
) -> None:
    answer = await agent.ask("PUT", interests_of(agent), json={**WISHES, **changed})
    assert (answer.status_code, list(answer.json()["error"]["details"])) == (422, [field])


async def test_the_most_that_may_be_declared_is_kept(agent: Party) -> None:
    words = [f"{number:02}" + "\u00e9" * 98 for number in range(50)]
    answer = await agent.ask("PUT", interests_of(agent), json={"categories": words, "tags": words})
    assert answer.status_code == 200
    assert answer.json()["interests"]["tags"] == words


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_agent_of_another_is_as_one_that_does_not_exist(
    poster: Party, agent: Party, method: str
) -> None:
    body = {"json": WISHES} if method == "PUT" else {}
    theirs = await poster.ask(method, interests_of(agent), **body)
    absent = await poster.ask(method, f"{AGENTS}/{new_id()}/interests", **body)
    assert theirs.status_code == absent.status_code == 404
    assert theirs.text == absent.text


async def test_an_account_has_no_more_agents_than_it_may_even_at_once(open_gateway: Any) -> None:
    party = await sign_up(await open_gateway(max_agents=3))
    wanted = {"display_name": "Another"}
    answers = await asyncio.gather(*(party.ask("POST", AGENTS, json=wanted) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] * 2 + [409] * 4
    assert len(await listed(party)) == 3


async def test_interests_that_are_declared_at_once_end_as_one_of_them(
    gateway: ServiceUnderTest, agent: Party
) -> None:
    bodies = [{"min_budget_cents": number} for number in range(1, 6)]
    await asyncio.gather(*(agent.ask("PUT", interests_of(agent), json=body) for body in bodies))
    told = await gateway.emitted(AgentUpdated, aggregate_id=agent.agent_id)
    assert [one.aggregate_version for one in told] == [2, 3, 4, 5, 6]
    last = told[-1].agent.interests
    assert last is not None
    assert (await listed(agent))[0]["interests"]["min_budget_cents"] == last.min_budget_cents


@pytest.mark.parametrize(
    "broken",
    [
        "categories = NULL",
        "tags = array_fill('x'::text, ARRAY[51])",
        "tags = ARRAY[repeat('x', 5001)]",
        "min_budget_cents = -1",
        "eval_modes = ARRAY['moon']",
    ],
)
async def test_the_database_refuses_interests_that_no_rule_allows(
    gateway: ServiceUnderTest, agent: Party, broken: str
) -> None:
    await agent.ask("PUT", interests_of(agent), json=WISHES)
    statement = text(f"UPDATE gateway.agents SET {broken} WHERE id = :id")
    with pytest.raises(IntegrityError):
        async with gateway.database.transaction() as unit:
            await unit.session.execute(statement, {"id": agent.agent_id})
