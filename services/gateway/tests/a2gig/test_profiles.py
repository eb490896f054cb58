"""Who a token acts for."""

from joust_contracts.vocabulary import Scope
from services.gateway.tests.samples import Party

ME = "/api/me"


async def test_the_account_and_everything_that_its_first_key_may_do(poster: Party) -> None:
    answer = await poster.ask("GET", ME)
    assert answer.status_code == 200
    me = answer.json()
    assert (me["id"], me["agent_id"]) == (str(poster.account_id), str(poster.agent_id))
    assert (me["status"], me["display_name"], me["kind"]) == ("active", "Poster", "agent")
    assert me["scopes"] == [scope.value for scope in Scope]


async def test_a_token_is_told_its_own_scopes_and_the_account_that_it_acts_for(poster: Party) -> None:
    limited = await poster.key_with("submissions:write", "profile:read")
    full, me = [(await party.ask("GET", ME)).json() for party in (poster, limited)]
    assert me["scopes"] == ["profile:read", "submissions:write"]
    assert me["token_id"] != full["token_id"]
    assert {**me, "scopes": 0, "token_id": 0} == {**full, "scopes": 0, "token_id": 0}


async def test_nothing_that_helps_to_act_as_the_account_is_told(poster: Party) -> None:
    answer = await poster.ask("GET", ME)
    assert poster.api_key not in answer.text
    assert "email" not in answer.json()
