"""From an event to the receiver's answer, with the attempts in between."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug import Request, Response

from joust_contracts.events import DeliveryFailed, DeliverySucceeded
from joust_contracts.services import ServiceName
from joust_kit.testing.component import ServiceUnderTest
from joust_webhook.deliveries.models import Delivery
from joust_webhook.vault import UnreadableSecret, new_secret


async def told(scene: Any, kind: type) -> list[Any]:
    """Events of a kind about the scene's deliveries."""
    accounts = {scene.owner.account_id, scene.competitor.account_id}
    return [
        each.delivery for each in await scene.service.emitted(kind) if each.delivery.account_id in accounts
    ]


def answers(receiver: HTTPServer, *statuses: int) -> None:
    """Have the receiver answer with each status in turn, and with the last from then on."""
    left = list(statuses)

    def answer(_request: Request) -> Response:
        return Response(f"status {left[0]}", status=left.pop(0) if len(left) > 1 else left[0])

    receiver.expect_request("/hook", method="POST").respond_with_handler(answer)


def again(delivery: Delivery) -> dict[str, Any]:
    """The job of a second attempt."""
    return {"delivery_id": str(delivery.id), "attempt": 2, "endpoint_id": None}


async def test_a_webhook_arrives_and_its_signature_is_verified_by_the_standards_library(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 204)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    ((request, _),) = receiver.log
    headers, body = dict(request.headers), request.get_data()
    payload = Webhook(endpoint["secret"]).verify(body, headers)
    assert payload["type"] == "task.status_changed"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "Joust-Webhooks/1"
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint["secret"]).verify(body.replace(b"open", b"closed"), headers)


async def test_a_delivery_that_succeeded_is_logged_and_told(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 200)
    assert delivery.finished_at is not None
    (attempt,) = await scene.attempts(delivery)
    assert (attempt.number, attempt.status, attempt.error) == (1, 200, None)
    assert attempt.response_head == b"status 200"
    assert attempt.latency_ms >= 0
    (snapshot,) = await told(scene, DeliverySucceeded)
    assert (snapshot.id, str(snapshot.endpoint_id)) == (delivery.id, endpoint["id"])
    assert (snapshot.attempts, snapshot.last_status, snapshot.version) == (1, 200, 2)
    assert await told(scene, DeliveryFailed) == []
    assert await scene.waiting_jobs(delivery) == []


async def test_after_a_500_it_is_sent_again_with_the_same_id_and_a_new_timestamp(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 500, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("pending", 1, 500)
    assert await scene.waiting_jobs(delivery) == [again(delivery)]
    with scene.service.clock.ahead(timedelta(seconds=7)):
        await scene.attempt()
    first, second = (request for request, _ in receiver.log)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == f"msg_{delivery.event_id}"
    waited = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert 7 <= waited <= 10
    assert first.get_data() == second.get_data()
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    for request in (first, second):
        Webhook(endpoint["secret"]).verify(request.get_data(), dict(request.headers))
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)
    assert [each.status for each in await scene.attempts(delivery)] == [500, 200]


async def test_after_the_last_attempt_the_delivery_has_failed(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 503)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    for _ in range(5):
        await scene.attempt()
    assert len(receiver.log) == 3
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.failure_reason) == ("failed", "too_many_attempts")
    (snapshot,) = await told(scene, DeliveryFailed)
    assert (snapshot.id, snapshot.attempts, snapshot.last_status) == (delivery.id, 3, 503)
    assert await told(scene, DeliverySucceeded) == []


async def test_gone_is_given_up_at_once_and_disables_the_endpoint(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 410)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    for _ in range(2):
        await scene.attempt()
    assert len(receiver.log) == 1
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.failure_reason, delivery.attempts) == ("failed", "gone", 1)
    assert len(await told(scene, DeliveryFailed)) == 1
    (endpoint,) = (await scene.endpoints())["data"]
    assert (endpoint["active"], endpoint["enabled"], endpoint["disabled_reason"]) == (True, False, "gone")


async def deactivate(scene: Any, endpoint: dict[str, Any]) -> None:
    path = f"/internal/endpoints/{endpoint['id']}"
    answer = await scene.service.http.delete(path, headers=scene.service.as_actor(scene.owner))
    assert answer.status_code == 200, answer.text


async def test_what_is_queued_for_a_deactivated_endpoint_is_given_up_unsent(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 500)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    await scene.service.deliver(scene.events()["closed"])
    await deactivate(scene, endpoint)
    for _ in range(2):
        await scene.attempt()
    assert len(receiver.log) == 1
    tried, untried = await scene.deliveries()
    assert [(each.state, each.failure_reason) for each in (tried, untried)] == [("failed", "deactivated")] * 2
    assert (tried.attempts, untried.attempts) == (1, 0)
    assert {each.id for each in await told(scene, DeliveryFailed)} == {tried.id, untried.id}
    assert await scene.waiting_jobs(tried) == await scene.waiting_jobs(untried) == []


async def test_what_is_queued_for_a_forgotten_endpoint_is_given_up_and_what_was_sent_stays_known(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    await scene.service.deliver(scene.events()["closed"])
    with scene.service.clock.ahead(-timedelta(days=31)):
        await deactivate(scene, endpoint)
    await scene.service.prune()
    await scene.attempt()
    assert len(receiver.log) == 1
    sent, unsent = await scene.deliveries()
    assert (sent.state, str(sent.endpoint_id)) == ("delivered", endpoint["id"])
    assert (unsent.state, unsent.failure_reason) == ("failed", "deactivated")


async def test_a_deactivated_endpoint_hears_of_nothing_new(scene: Any, receiver: HTTPServer) -> None:
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await deactivate(scene, endpoint)
    await scene.service.deliver(scene.events()["published"])
    assert await scene.deliveries() == []


async def test_an_attempt_in_hand_while_its_endpoint_is_deactivated_is_the_last(
    scene: Any, receiver: HTTPServer
) -> None:
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    loop = asyncio.get_running_loop()

    def answer(_request: Request) -> Response:
        asyncio.run_coroutine_threadsafe(deactivate(scene, endpoint), loop).result(5)
        return Response(status=500)

    receiver.expect_request("/hook").respond_with_handler(answer)
    await scene.service.deliver(scene.events()["published"])
    for _ in range(3):
        await scene.attempt()
    assert len(receiver.log) == 1
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.failure_reason, delivery.attempts) == ("failed", "deactivated", 1)


async def test_a_receiver_that_is_down_is_logged_with_the_reason(scene: Any) -> None:
    await scene.register(scene.owner, "http://127.0.0.1:9/hook")
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    (delivery,) = await scene.deliveries()
    (attempt,) = await scene.attempts(delivery)
    assert (attempt.status, attempt.error, delivery.state) == (None, "connection_failed", "pending")


async def test_one_receiver_that_fails_does_not_keep_another_waiting(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    await scene.register(scene.owner, "http://127.0.0.1:9/hook")
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    states = sorted(each.state for each in await scene.deliveries())
    assert states == ["delivered", "pending"]


async def test_a_burst_of_failures_ends_and_each_message_has_arrived(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, *[500, 503, 502] * 8, 200)
    await scene.register(scene.owner, receiver.url_for("/hook"), "task.status_changed")
    for _ in range(12):
        await scene.service.deliver(scene.events()["closed"])
    for _ in range(3):
        await scene.attempt()
    deliveries = await scene.deliveries(scene.owner)
    assert {(each.state, each.attempts) for each in deliveries} == {("delivered", 3)}
    assert len(receiver.log) == 36
    assert len({request.headers["webhook-id"] for request, _ in receiver.log}) == 12


async def test_a_receiver_whose_clock_is_wrong_has_the_message_once_it_is_right(
    scene: Any, receiver: HTTPServer
) -> None:
    endpoint: dict[str, Any] = {}
    wrong_by = iter([timedelta(minutes=6), timedelta(minutes=-6), timedelta(0)])

    def verified(request: Request) -> Response:
        Webhook(endpoint["secret"]).verify(request.get_data(), dict(request.headers))
        sent = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
        here = datetime.now(UTC) + next(wrong_by)
        return Response(status=204 if abs(here - sent) < timedelta(minutes=5) else 401)

    receiver.expect_request("/hook").respond_with_handler(verified)
    endpoint.update(await scene.register(scene.owner, receiver.url_for("/hook")))
    await scene.service.deliver(scene.events()["published"])
    for _ in range(3):
        await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert delivery.state == "delivered"
    assert [each.status for each in await scene.attempts(delivery)] == [401, 401, 204]


async def test_the_log_keeps_no_more_than_4_kb_of_an_answer(scene: Any, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data(b"\x00\xff" * 50_000)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    (delivery,) = await scene.deliveries()
    (attempt,) = await scene.attempts(delivery)
    assert attempt.response_head == b"\x00\xff" * 2048


async def test_a_job_that_runs_twice_at_once_is_recorded_and_told_once(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await asyncio.gather(scene.attempt(), scene.attempt(), scene.attempt())
    (delivery,) = await scene.deliveries()
    assert len(await scene.attempts(delivery)) == 1
    assert len(await told(scene, DeliverySucceeded)) == 1
    assert len({request.headers["webhook-id"] for request, _ in receiver.log}) == 1


async def test_a_failed_attempt_that_runs_twice_at_once_leaves_one_job(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 500)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    await asyncio.gather(scene.attempt(), scene.attempt(), scene.attempt())
    (delivery,) = await scene.deliveries()
    assert delivery.attempts == 1
    assert await scene.waiting_jobs(delivery) == [again(delivery)]


async def test_a_secret_that_can_not_be_read_leaves_the_delivery_waiting(
    scene: Any, receiver: HTTPServer, open_service: Callable[..., Awaitable[ServiceUnderTest]]
) -> None:
    await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    other = await open_service(ServiceName.WEBHOOK, secrets_key=Fernet.generate_key().decode())
    with pytest.raises(UnreadableSecret):
        await other.run_jobs("deliver", also_future=True)
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts) == ("pending", 0)
    assert receiver.log == []


async def test_running_workers_deliver_and_try_again_by_themselves(
    scene: Any, receiver: HTTPServer, open_service: Callable[..., Awaitable[ServiceUnderTest]]
) -> None:
    answers(receiver, 500, 200)
    await scene.register(scene.owner, receiver.url_for("/hook"))
    working = await open_service(
        ServiceName.WEBHOOK, allow_insecure_targets=True, delivery_delays_seconds=(0.05,)
    )
    await working.runtime.jobs.start()
    try:
        await scene.service.deliver(scene.events()["published"])
        async with asyncio.timeout(15):
            while [each.state for each in await scene.deliveries()] != ["delivered"]:
                await asyncio.sleep(0.05)
    finally:
        await working.runtime.jobs.broker.stop()
    assert [request.path for request, _ in receiver.log] == ["/hook", "/hook"]
