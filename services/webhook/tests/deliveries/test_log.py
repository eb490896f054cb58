"""The log of an endpoint: what was sent, what was answered, and for how long that is known."""

from datetime import timedelta
from typing import Any

from pytest_httpserver import HTTPServer

from joust_kit.ids import RandomIds


async def test_the_log_shows_each_attempt_with_its_answer(scene: Any, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data(b"no\xff" * 3000, status=500)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    await scene.service.deliver(scene.events()["published"])
    for _ in range(2):
        await scene.attempt()
    (listed,) = (await scene.ask("GET", endpoint, "/deliveries")).json()["data"]
    assert (listed["state"], listed["attempts"], listed["last_status"]) == ("pending", 2, 500)
    detail = (await scene.ask("GET", endpoint, f"/deliveries/{listed['id']}")).json()
    assert detail["payload"] == receiver.log[0][0].get_data().decode()
    assert [(each["number"], each["status"], each["error"]) for each in detail["log"]] == [
        (2, 500, None),
        (1, 500, None),
    ]
    assert detail["log"][0]["response"].startswith("no\ufffdno")
    assert len(detail["log"][0]["response"]) == 4096


async def test_the_log_is_read_by_state_and_page_by_page(scene: Any, receiver: HTTPServer) -> None:
    receiver.expect_request("/hook").respond_with_data(status=410)
    endpoint = await scene.register(scene.owner, receiver.url_for("/hook"), "task.status_changed")
    await scene.service.deliver(scene.events()["published"])
    await scene.attempt()
    await scene.ask("PATCH", endpoint, json={"enabled": True})
    for _ in range(2):
        await scene.service.deliver(scene.events()["closed"])
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await scene.ask("GET", endpoint, "/deliveries", params={"limit": 2, **cursor})).json()
        pages.append([each["state"] for each in page["data"]])
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert pages == [["pending", "pending"], ["failed"]]
    failed = (await scene.ask("GET", endpoint, "/deliveries", params={"state": "failed"})).json()["data"]
    assert [each["failure_reason"] for each in failed] == ["gone"]


async def test_a_delivery_of_another_endpoint_is_not_shown(scene: Any, receiver: HTTPServer) -> None:
    one, other = [await scene.register(scene.owner, receiver.url_for("/hook")) for _ in range(2)]
    await scene.service.deliver(scene.events()["published"])
    (mine,) = (await scene.ask("GET", one, "/deliveries")).json()["data"]
    for endpoint, id in ((other, mine["id"]), (one, RandomIds().new())):
        for method, path in (("GET", f"/deliveries/{id}"), ("POST", f"/deliveries/{id}/resend")):
            answer = await scene.ask(method, endpoint, path)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_what_was_over_long_ago_is_forgotten_with_its_attempts_and_what_waits_is_not(
    scene: Any, receiver: HTTPServer
) -> None:
    receiver.expect_request("/hook").respond_with_data("ok")
    with scene.service.clock.ahead(-timedelta(days=32)):
        endpoint = await scene.register(scene.owner, receiver.url_for("/hook"))
    for days in (31, 29):
        with scene.service.clock.ahead(-timedelta(days=days)):
            await scene.service.deliver(scene.events()["published"])
            await scene.attempt()
    with scene.service.clock.ahead(-timedelta(days=31)):
        await scene.service.deliver(scene.events()["closed"])
    await scene.service.prune()
    listed = (await scene.ask("GET", endpoint, "/deliveries")).json()["data"]
    assert [each["state"] for each in listed] == ["delivered", "pending"]
