"""Listing and deactivating endpoints over the internal API."""

from datetime import timedelta
from typing import Any

from joust_contracts.internal.webhooks import EndpointView
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import ServiceUnderTest, an_actor


async def register(service: ServiceUnderTest, actor: Actor) -> dict[str, Any]:
    body = {"url": "https://example.com/hook", "events": ["deal.created"]}
    answer = await service.http.post("/internal/endpoints", json=body, headers=service.as_actor(actor))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def list_of(service: ServiceUnderTest, actor: Actor, **params: Any) -> dict[str, Any]:
    answer = await service.http.get("/internal/endpoints", params=params, headers=service.as_actor(actor))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def deactivate(service: ServiceUnderTest, actor: Actor, id: str) -> Any:
    return await service.http.delete(f"/internal/endpoints/{id}", headers=service.as_actor(actor))


async def test_a_list_holds_the_actors_endpoints_newest_first_without_secrets(
    strict_webhooks: ServiceUnderTest,
) -> None:
    actor = an_actor()
    made = [await register(strict_webhooks, actor) for _ in range(3)]
    await register(strict_webhooks, an_actor("another"))
    listed = await list_of(strict_webhooks, actor)
    assert [each["id"] for each in listed["data"]] == [each["id"] for each in reversed(made)]
    assert {frozenset(each) for each in listed["data"]} == {frozenset(EndpointView.model_fields)}
    assert listed["next_cursor"] is None


async def test_pages_follow_each_other_and_show_each_endpoint_once(strict_webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    made = [(await register(strict_webhooks, actor))["id"] for _ in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = await list_of(strict_webhooks, actor, limit=2, **cursor)
        seen += [each["id"] for each in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]


async def test_what_was_deactivated_stays_in_the_list_and_frees_a_place(
    strict_webhooks: ServiceUnderTest,
) -> None:
    actor = an_actor()
    made = [await register(strict_webhooks, actor) for _ in range(20)]
    answer = await deactivate(strict_webhooks, actor, made[0]["id"])
    assert (answer.status_code, answer.json()["active"]) == (200, False)
    listed = await list_of(strict_webhooks, actor, limit=100)
    assert [each["active"] for each in listed["data"]] == [True] * 19 + [False]
    await register(strict_webhooks, actor)


async def test_deactivating_again_answers_the_same(strict_webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    id = (await register(strict_webhooks, actor))["id"]
    first, second = [await deactivate(strict_webhooks, actor, id) for _ in range(2)]
    assert (first.status_code, first.json()) == (second.status_code, second.json())


async def test_long_after_it_was_deactivated_an_endpoint_is_forgotten(
    strict_webhooks: ServiceUnderTest,
) -> None:
    actor = an_actor()
    old, recent, active = [await register(strict_webhooks, actor) for _ in range(3)]
    for endpoint, days in ((old, 31), (recent, 29)):
        with strict_webhooks.clock.ahead(-timedelta(days=days)):
            await deactivate(strict_webhooks, actor, endpoint["id"])
    await deactivate(strict_webhooks, actor, old["id"])  # gives it no more time
    await strict_webhooks.prune()
    listed = await list_of(strict_webhooks, actor)
    assert [each["id"] for each in listed["data"]] == [active["id"], recent["id"]]
    assert (await deactivate(strict_webhooks, actor, old["id"])).status_code == 404


async def test_anothers_endpoint_looks_absent(strict_webhooks: ServiceUnderTest) -> None:
    owner, stranger = an_actor("owner"), an_actor("stranger")
    id = (await register(strict_webhooks, owner))["id"]
    for wanted in (id, str(RandomIds().new())):
        for method, path in (("DELETE", wanted), ("POST", f"{wanted}/trials")):
            answer = await strict_webhooks.http.request(
                method, f"/internal/endpoints/{path}", headers=strict_webhooks.as_actor(stranger)
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
    assert (await list_of(strict_webhooks, owner))["data"][0]["active"] is True
