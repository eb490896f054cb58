"""Test deliveries: what the receiver gets, and what the owner is told."""

import asyncio
import json
import time
from typing import Any

from pytest_httpserver import HTTPServer
from sqlalchemy import text
from standardwebhooks import Webhook
from werkzeug import Request, Response

from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_webhook.endpoints.models import Endpoint


async def register(service: ServiceUnderTest, actor: Actor, url: str) -> dict[str, Any]:
    body = {"url": url, "events": ["deal.created"]}
    answer = await service.http.post("/internal/endpoints", json=body, headers=service.as_actor(actor))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def make_trial(service: ServiceUnderTest, actor: Actor, id: str, **headers: str) -> Any:
    path = f"/internal/endpoints/{id}/trials"
    return await service.http.post(path, headers=service.as_actor(actor, **headers))


async def test_a_test_delivery_is_signed_and_its_answer_shown(
    webhooks: ServiceUnderTest, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook", method="POST").respond_with_data("so be it \xff", status=202)
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    answer = (await make_trial(webhooks, actor, endpoint["id"])).json()
    assert answer["latency_ms"] >= 0
    assert (answer["delivered"], answer["status"], answer["error"]) == (True, 202, None)
    assert answer["response"].startswith("so be it")
    ((request, _),) = receiver.log
    payload = Webhook(endpoint["secret"]).verify(request.get_data(), dict(request.headers))
    assert (payload["type"], payload["data"]["webhook_id"]) == ("webhook.test", endpoint["id"])


async def test_a_refusal_is_shown_as_it_came_and_cut(
    webhooks: ServiceUnderTest, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data(b"no\x00\xff" * 1000, status=500)
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    answer = (await make_trial(webhooks, actor, endpoint["id"])).json()
    assert (answer["delivered"], answer["status"], answer["error"]) == (False, 500, None)
    assert len(answer["response"]) == 1024
    assert len(receiver.log) == 1


async def test_a_redirect_is_not_followed(webhooks: ServiceUnderTest, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_response(
        Response(status=307, headers={"Location": receiver.url_for("/inside")})
    )
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    answer = (await make_trial(webhooks, actor, endpoint["id"])).json()
    assert (answer["delivered"], answer["status"]) == (False, 307)
    assert [request.path for request, _ in receiver.log] == ["/hook"]


async def test_a_receiver_that_is_down_is_an_answer_too(webhooks: ServiceUnderTest) -> None:
    actor = an_actor()
    endpoint = await register(webhooks, actor, "http://127.0.0.1:9/hook")
    answer = await make_trial(webhooks, actor, endpoint["id"])
    assert answer.status_code == 200
    assert (answer.json()["delivered"], answer.json()["error"]) == (False, "connection_failed")


async def test_a_slow_receiver_ends_at_the_deadline_and_holds_no_connection_meanwhile(
    webhooks: ServiceUnderTest, slow_receiver: HTTPServer
) -> None:
    settings = webhooks.runtime.resources.settings
    came = asyncio.Event()
    loop = asyncio.get_running_loop()

    def dawdle(_request: Request) -> Response:
        loop.call_soon_threadsafe(came.set)
        time.sleep(2 * settings.test_timeout_seconds)
        return Response(status=200)

    slow_receiver.expect_request("/hook").respond_with_handler(dawdle)
    actor = an_actor()
    endpoint = await register(webhooks, actor, slow_receiver.url_for("/hook"))
    trial = asyncio.create_task(make_trial(webhooks, actor, endpoint["id"]))
    await asyncio.wait_for(came.wait(), 5)
    pool: Any = webhooks.database.engine.pool
    assert pool.checkedout() == 0
    answer = (await trial).json()
    assert (answer["delivered"], answer["error"]) == (False, "timeout")
    assert answer["latency_ms"] < 2000 * settings.test_timeout_seconds


async def test_a_name_that_has_come_to_lead_inside_is_not_connected_to(
    strict_webhooks: ServiceUnderTest, receiver: HTTPServer
) -> None:
    actor = an_actor()
    endpoint = await register(strict_webhooks, actor, "https://example.com/hook")
    async with strict_webhooks.database.transaction() as unit:
        stored = await unit.session.get_one(Endpoint, endpoint["id"])
        stored.url = receiver.url_for("/hook").replace("127.0.0.1", "localhost")
    answer = (await make_trial(strict_webhooks, actor, endpoint["id"])).json()
    assert (answer["delivered"], answer["error"]) == (False, "address_not_allowed")
    assert receiver.log == []


async def test_with_an_idempotency_key_it_is_sent_once_and_answered_the_same(
    webhooks: ServiceUnderTest, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    key = {"Idempotency-Key": "try it once"}
    first, second = [await make_trial(webhooks, actor, endpoint["id"], **key) for _ in range(2)]
    assert first.json() == second.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(receiver.log) == 1
    other = await webhooks.http.post(
        f"/internal/endpoints/{endpoint['id']}/trials",
        content=json.dumps({"another": "body"}),
        headers=webhooks.as_actor(actor, **key),
    )
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_a_deactivated_endpoint_is_not_tried(webhooks: ServiceUnderTest, receiver: HTTPServer) -> None:
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    await webhooks.http.delete(f"/internal/endpoints/{endpoint['id']}", headers=webhooks.as_actor(actor))
    answer = await make_trial(webhooks, actor, endpoint["id"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert receiver.log == []


async def test_a_test_delivery_leaves_nothing_in_the_log(
    webhooks: ServiceUnderTest, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    actor = an_actor()
    endpoint = await register(webhooks, actor, receiver.url_for("/hook"))
    await make_trial(webhooks, actor, endpoint["id"])
    async with webhooks.database.reading() as session:
        logged = text("SELECT count(*) FROM webhook.deliveries WHERE endpoint_id = :id")
        assert await session.scalar(logged, {"id": endpoint["id"]}) == 0
