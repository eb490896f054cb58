"""Requests to posters' own judges: the documented payload, signed, retried, and with its secrets nowhere else."""

import asyncio
import json
import time
from datetime import timedelta

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from standardwebhooks import Webhook
from werkzeug import Request, Response

from joust_contracts.events import (
    DeliveryFailed,
    DeliverySnapshotEvent,
    DeliverySucceeded,
    EvaluationExternalRequested,
    JudgeUnreached,
)
from joust_contracts.events.submissions import Artifact
from joust_contracts.external_judging import (
    SIGNING_PURPOSE,
    TOKEN_PURPOSE,
    JudgedTask,
    JudgeRequest,
    callback_token,
    signing_secret,
)
from joust_contracts.vocabulary import AttemptError
from joust_webhook.deliveries.models import Attempt, Delivery
from joust_webhook.snapshots import AGGREGATES
from services.webhook.tests.deliveries.conftest import NOW, Scene

DOCUMENTED = {
    *("event", "submission_id", "task_id", "agent_id", "callback_token", "callback_url", "artifact_url"),
    *("artifact_expires_at", "task", "timestamp"),
}
"""Straw document, ``guide.for_posters``, "External-eval webhook payload"."""


def asked(scene: Scene, url: str | None) -> EvaluationExternalRequested:
    """The judge of the scene's task is asked about the scene's submission."""
    told = scene.evaluation()
    task = scene.task(scene.events()["published"].task.status)  # type: ignore[attr-defined]
    return EvaluationExternalRequested(
        evaluation_id=told.evaluation_id,
        version=3,
        eval_mode=told.eval_mode,
        submission=told.submission,
        request=JudgeRequest(
            submission_id=told.submission.id,
            task_id=scene.task_id,
            agent_id=told.submission.agent_id,
            callback_url=f"https://api.example/api/v1/submissions/{told.submission.id}/external-score",
            task=JudgedTask(**task.model_dump(include=set(JudgedTask.model_fields))),
            timestamp=NOW,
        ),
        judge_url=url,
        artifact=Artifact(key="submissions/one.zip", sha256="0" * 64, size_bytes=10, files_count=1),
        answer_until=NOW + timedelta(days=1),
        answer_within_seconds=86_400,
    )


def secrets_of(scene: Scene) -> tuple[str, str]:
    """Token and signing secret of the scene's task."""
    derived = scene.service.runtime.resources.judge_secrets
    token = callback_token(derived.derive(TOKEN_PURPOSE, scene.task_id))
    return token, signing_secret(derived.derive(SIGNING_PURPOSE, scene.task_id))


async def requests_of(scene: Scene) -> list[Delivery]:
    async with scene.service.database.reading() as session:
        return list(await session.scalars(select(Delivery).where(Delivery.task_id == scene.task_id)))


def answers(receiver: HTTPServer, *statuses: int, echo: bool = False) -> None:
    left = list(statuses)

    def answer(request: Request) -> Response:
        body = request.get_data() if echo else b"thanks"
        return Response(body, status=left.pop(0) if len(left) > 1 else left[0])

    receiver.expect_request("/judge", method="POST").respond_with_handler(answer)


async def test_the_judge_gets_exactly_the_documented_payload_signed(
    scene: Scene, receiver: HTTPServer
) -> None:
    answers(receiver, 202)
    await scene.service.deliver(asked(scene, receiver.url_for("/judge")))
    await scene.attempt()
    ((request, _),) = receiver.log
    token, secret = secrets_of(scene)
    payload = Webhook(secret).verify(request.get_data(), dict(request.headers))
    assert set(payload) == DOCUMENTED
    assert payload["event"] == "external_eval_request"
    assert payload["callback_token"] == token
    assert payload["callback_url"].endswith(f"/api/v1/submissions/{scene.submission_id}/external-score")
    assert "/submissions/one.zip?" in payload["artifact_url"]
    assert "X-Amz-Expires=7200" in payload["artifact_url"]
    assert set(payload["task"]) == {"id", "title", "description", "input_spec", "output_spec", "criteria"}
    assert payload["timestamp"] == "2026-11-22T19:28:32.000Z"
    (delivery,) = await requests_of(scene)
    assert (delivery.state, delivery.attempts, delivery.last_status) == ("delivered", 1, 202)
    assert await scene.service.emitted(JudgeUnreached, task_id=scene.task_id) == []


async def test_a_request_that_is_told_again_is_sent_once(scene: Scene, receiver: HTTPServer) -> None:
    answers(receiver, 200)
    event = asked(scene, receiver.url_for("/judge"))
    again = event.model_copy(update={"version": 4})
    await asyncio.gather(*(scene.service.deliver(each) for each in (event, again, event)))
    await scene.attempt()
    await scene.attempt()
    assert len(receiver.log) == 1


async def test_after_a_500_it_is_sent_again_with_a_fresh_url_and_the_same_id(
    scene: Scene, receiver: HTTPServer
) -> None:
    answers(receiver, 500, 200)
    await scene.service.deliver(asked(scene, receiver.url_for("/judge")))
    await scene.attempt()
    with scene.service.clock.ahead(timedelta(hours=3)):
        await scene.attempt()
    first, second = (request for request, _ in receiver.log)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    bodies = [json.loads(request.get_data()) for request in (first, second)]
    assert bodies[0]["artifact_expires_at"] < bodies[1]["artifact_expires_at"]
    assert bodies[0]["callback_token"] == bodies[1]["callback_token"]


@pytest.mark.parametrize(
    ("url", "status", "error"),
    [
        ("/judge", 500, None),
        ("/moved", 307, None),
        ("/slow", None, AttemptError.TIMEOUT),
        ("http://10.0.0.1:9/", None, AttemptError.ADDRESS_NOT_ALLOWED),
        ("http://[::ffff:169.254.169.254]/", None, AttemptError.ADDRESS_NOT_ALLOWED),
    ],
)
async def test_one_that_is_not_taken_is_told_with_its_cause(
    scene: Scene, slow_receiver: HTTPServer, url: str, status: int | None, error: AttemptError | None
) -> None:
    answers(slow_receiver, 500)
    elsewhere = {"Location": slow_receiver.url_for("/elsewhere")}
    slow_receiver.expect_request("/moved").respond_with_data("", status=307, headers=elsewhere)
    slow_receiver.expect_request("/slow").respond_with_handler(late)
    await scene.service.deliver(asked(scene, slow_receiver.url_for(url) if url.startswith("/") else url))
    for _ in range(3):
        await scene.attempt()
    (told,) = await scene.service.emitted(JudgeUnreached, task_id=scene.task_id)
    assert (told.evaluation_id, told.attempts) == (scene.evaluation_id, 3)
    assert (told.last_status, told.last_error) == (status, error)
    for kind in (DeliveryFailed, DeliverySucceeded):
        assert [
            each
            for each in await scene.service.emitted(kind)
            if each.delivery.account_id == scene.owner.account_id
        ] == [], "no endpoint of the owner heard of it"
    assert "/elsewhere" not in [request.path for request, _ in slow_receiver.log]


def late(_request: Request) -> Response:
    time.sleep(1)
    return Response("late")


async def test_a_page_instead_of_an_answer_counts_as_taken_and_as_nothing_more(
    scene: Scene, receiver: HTTPServer
) -> None:
    receiver.expect_request("/judge").respond_with_data("<html>It works!</html>", content_type="text/html")
    await scene.service.deliver(asked(scene, receiver.url_for("/judge")))
    for _ in range(3):
        await scene.attempt()
    (delivery,) = await requests_of(scene)
    assert (delivery.state, delivery.attempts, len(receiver.log)) == ("delivered", 1, 1)
    assert await scene.service.emitted(JudgeUnreached, task_id=scene.task_id) == []


async def test_without_a_url_nothing_is_sent(scene: Scene) -> None:
    await scene.service.deliver(asked(scene, None))
    assert await requests_of(scene) == []


async def test_a_rebuild_asks_nobody(scene: Scene, receiver: HTTPServer) -> None:
    from joust_contracts.events import Event
    from joust_kit.ids import RandomIds
    from joust_kit.testing.component import message_from

    event = asked(scene, receiver.url_for("/judge"))
    message = message_from(Event[type(event)].of(event, id=RandomIds().new(), time=NOW))  # type: ignore[misc]
    await scene.service.runtime.inbox.handle_message(message, timeout_seconds=10, silent=True)
    assert await requests_of(scene) == []


async def test_no_table_holds_the_token_even_if_the_judge_answers_with_it(
    scene: Scene, receiver: HTTPServer
) -> None:
    answers(receiver, 500, 200, echo=True)
    await scene.service.deliver(asked(scene, receiver.url_for("/judge")))
    await scene.attempt()
    await scene.attempt()
    token, secret = secrets_of(scene)
    async with scene.service.database.reading() as session:
        tables = list(
            await session.scalars(
                text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'webhook'")
            )
        )
        for table in tables:
            rows = "\n".join(
                await session.scalars(text(f'SELECT row_to_json(t)::text FROM webhook."{table}" t'))
            )
            for hidden in (token, token.encode().hex(), secret, "X-Amz-Signature"):
                assert hidden not in rows, table
        (delivery,) = await requests_of(scene)
        heads = await session.scalars(select(Attempt.response_head).where(Attempt.delivery_id == delivery.id))
        assert set(heads) == {b""}


async def test_a_request_to_a_judge_is_in_no_list_and_no_snapshot(scene: Scene, receiver: HTTPServer) -> None:
    answers(receiver, 200)
    await scene.service.deliver(asked(scene, receiver.url_for("/judge")))
    await scene.attempt()
    headers = scene.service.as_actor(scene.owner)
    listed = await scene.service.http.get("/internal/endpoints", headers=headers)
    assert listed.json()["data"] == []
    (delivery,) = await requests_of(scene)
    (deliveries,) = AGGREGATES
    assert deliveries.event is DeliverySnapshotEvent
    async with scene.service.database.reading() as session:
        assert list(await deliveries.describe(session, [delivery])) == []


@pytest.mark.parametrize("change", ["judge_url = NULL", "task_id = NULL", "event_type = 'deal.created'"])
async def test_the_database_refuses_what_is_neither(scene: Scene, change: str) -> None:
    await scene.service.deliver(asked(scene, "http://localhost:9/judge"))
    with pytest.raises(IntegrityError):
        async with scene.service.database.transaction() as unit:
            await unit.session.execute(
                text(f"UPDATE webhook.deliveries SET {change} WHERE task_id = :id"), {"id": scene.task_id}
            )
