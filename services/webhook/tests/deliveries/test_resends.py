"""Sending again: one message, those of a span of time, or those that failed."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from standardwebhooks import Webhook

from joust_webhook.resends import jobs as resends


def answers(receiver: HTTPServer, status: int) -> None:
    receiver.clear_all_handlers()
    receiver.expect_request("/hook", method="POST").respond_with_data(status=status)


async def play(scene: Any, *names: str) -> None:
    for name in names:
        await scene.service.deliver(scene.events()[name])
        await scene.attempt()


def ids(receiver: HTTPServer) -> list[str]:
    return [request.headers["webhook-id"] for request, _ in receiver.log]


async def test_a_message_is_sent_again_under_its_id_whatever_came_of_it(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await play(scene, "published")
    (delivery,) = await scene.deliveries()
    path = f"/deliveries/{delivery.id}/resend"
    for _ in range(2):  # the second finds it under way
        answer = await scene.ask("POST", endpoint, path)
        assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    await scene.attempt()
    assert ids(receiver) == [f"msg_{delivery.event_id}"] * 2
    assert receiver.log[0][0].get_data() == receiver.log[1][0].get_data()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts) == ("delivered", 2)
    assert [each.number for each in await scene.attempts(delivery)] == [1, 2]


async def test_what_is_sent_again_has_all_its_attempts_again(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 500)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await play(scene, "published")
    for _ in range(3):
        await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts) == ("failed", 3)
    await scene.ask("POST", endpoint, f"/deliveries/{delivery.id}/resend")
    for _ in range(5):
        await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts, len(receiver.log)) == ("failed", 6, 6)


async def test_what_waits_for_its_next_attempt_has_it_now_and_once(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 500)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await play(scene, "published")
    answers(receiver, 200)
    (delivery,) = await scene.deliveries()
    await scene.ask("POST", endpoint, f"/deliveries/{delivery.id}/resend")
    await scene.attempt()
    (delivery,) = await scene.deliveries()
    assert (delivery.state, delivery.attempts, len(receiver.log)) == ("delivered", 2, 2)
    assert await scene.waiting_jobs(delivery) == []


async def run_resends(scene: Any) -> int:
    """All batches there are."""
    batches = 0
    while ran := await scene.service.run_jobs("resend"):
        batches += ran
    return batches


async def test_what_failed_is_recovered_in_batches_once_each_and_what_arrived_is_left_alone(
    scene: Any, receiver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resends, "BATCH", 2)
    began = scene.service.clock.now()
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await play(scene, "published")
    await scene.ask("PATCH", endpoint, json={"enabled": False})
    await play(scene, "received", "completed", "evaluated", "deadline", "closed")
    assert len(receiver.log) == 1
    lost = [each for each in await scene.deliveries() if each.state == "failed"]
    assert {each.failure_reason for each in lost} == {"disabled"}
    refused = await scene.ask("POST", endpoint, "/recoveries", json={"since": began.isoformat()})
    assert refused.status_code == 409
    await scene.ask("PATCH", endpoint, json={"enabled": True})
    for _ in range(2):
        begun = await scene.ask("POST", endpoint, "/recoveries", json={"since": began.isoformat()})
        assert (begun.status_code, begun.json()["failed_only"]) == (202, True)
    assert await run_resends(scene) == 4
    await scene.attempt()
    assert ids(receiver)[1:] == [f"msg_{each.event_id}" for each in lost]
    assert {each.state for each in await scene.deliveries()} == {"delivered"}
    for request, _ in receiver.log:
        Webhook(endpoint["secret"]).verify(request.get_data(), dict(request.headers))


async def test_a_span_of_time_is_replayed_whatever_came_of_its_messages(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    with scene.service.clock.ahead(-timedelta(minutes=40)):
        endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    now = scene.service.clock.now()
    for name, minutes in (("published", 30), ("deadline", 20), ("closed", 10)):
        with scene.service.clock.ahead(-timedelta(minutes=minutes)):
            await play(scene, name)
    span = {
        "since": (now - timedelta(minutes=25)).isoformat(),
        "until": (now - timedelta(minutes=15)).isoformat(),
    }
    assert (await scene.ask("POST", endpoint, "/replays", json=span)).status_code == 202
    await run_resends(scene)
    await scene.attempt()
    first, second, third, again = ids(receiver)
    assert again == second
    assert len({first, second, third}) == 3


async def test_a_batch_that_runs_twice_acts_once(scene: Any, receiver: HTTPServer) -> None:
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    began = scene.service.clock.now()
    await play(scene, "published")
    begun = await scene.ask("POST", endpoint, "/replays", json={"since": began.isoformat()})
    batch = resends.ResendBatch(resend_id=begun.json()["id"], step=1)
    for _ in range(2):
        async with scene.service.database.transaction() as unit:
            await resends.make_batch(unit, batch)
    (delivery,) = await scene.deliveries()
    assert len(await scene.waiting_jobs(delivery)) == 1


async def test_three_replays_of_an_endpoint_are_under_way_at_most_and_none_of_the_future(
    scene: Any, receiver: HTTPServer
) -> None:
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    now = scene.service.clock.now()
    statuses = []
    for _ in range(4):
        answer = await scene.ask("POST", endpoint, "/replays", json={"since": now.isoformat()})
        statuses.append(answer.status_code)
    assert statuses == [202, 202, 202, 409]
    future = {"since": (now + timedelta(minutes=1)).isoformat()}
    answer = await scene.ask("POST", endpoint, "/recoveries", json=future)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")


async def test_while_a_secret_is_rotated_both_verify_and_then_the_new_one_alone(
    scene: Any, receiver: HTTPServer
) -> None:
    answers(receiver, 200)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    new = (await scene.ask("POST", endpoint, "/secrets", json={})).json()["secret"]
    await play(scene, "published")
    ((during, _),) = receiver.log
    for secret in (endpoint["secret"], new):
        Webhook(secret).verify(during.get_data(), dict(during.headers))
    with scene.service.clock.ahead(timedelta(hours=25)):
        await play(scene, "closed")
    ((_, _), (after, _)) = receiver.log
    assert len(during.headers["webhook-signature"].split(" ")) == 2
    assert len(after.headers["webhook-signature"].split(" ")) == 1
    signature = Webhook(new).sign(
        after.headers["webhook-id"],
        scene.service.clock.now().fromtimestamp(int(after.headers["webhook-timestamp"])),
        after.get_data().decode(),
    )
    assert after.headers["webhook-signature"] == signature


async def test_an_endpoint_that_names_tasks_drops_and_competitions_hears_of_these_alone(
    scene: Any, receiver: HTTPServer
) -> None:
    mine = await scene.register(scene.owner, receiver.url_for("/hook"))
    contest = await scene.register(scene.owner, receiver.url_for("/hook"))
    others = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.ask("PATCH", mine, json={"task_ids": [str(scene.task_id), str(scene.drop_id)]})
    await scene.ask("PATCH", contest, json={"task_ids": [str(scene.competition_id)]})
    await scene.ask("PATCH", others, json={"task_ids": [str(scene.submission_id)]})
    for event in scene.events().values():
        await scene.service.deliver(event)
    told = Counter(str(each.endpoint_id) for each in await scene.deliveries(scene.owner))
    of_contest = len(scene.competition_events()) + len(scene.events_in_competition())
    assert told == {mine["id"]: len(scene.events()) - of_contest, contest["id"]: of_contest}
