"""The service as it is put together."""

import pytest
from pydantic import ValidationError

from joust_contracts.events import EVENTS_BY_TYPE
from joust_contracts.services import ServiceName
from joust_kit.errors import Unavailable
from joust_kit.messaging.asyncapi import asyncapi_document
from joust_kit.storage import ObjectStorage
from joust_submission.settings import SubmissionSettings
from joust_submission.subscriptions import SUBSCRIPTIONS
from services.submission.tests.conftest import Arena


async def test_readiness_reports_the_store(arena: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await arena.service.http.get("/readyz")).json()["checks"]["storage"] == "ok"

    def broken_request(*_: object, **__: object) -> None:
        raise Unavailable()

    monkeypatch.setattr(ObjectStorage, "_request", broken_request)
    report = await arena.service.http.get("/readyz")
    assert report.status_code == 503
    assert report.json()["checks"]["storage"] != "ok"


def test_it_emits_its_own_events_and_listens_to_those_of_others() -> None:
    assert {event.source for event in SUBSCRIPTIONS.emits} == {ServiceName.SUBMISSION}
    assert set(SUBSCRIPTIONS.event_types) <= set(EVENTS_BY_TYPE)
    assert SUBSCRIPTIONS.topics == ["joust.evaluation", "joust.task"]


def test_its_documents_can_be_written(arena: Arena) -> None:
    paths = arena.service.app.openapi()["paths"]
    answers = paths["/internal/tasks/{task_id}/quick-submissions"]["post"]["responses"]
    assert {"201", "401", "403", "404", "409", "413", "422", "503"} <= set(answers)
    assert asyncapi_document(arena.service.service)["channels"]


def test_it_does_not_start_without_an_object_store() -> None:
    with pytest.raises(ValidationError, match="s3_endpoint_url"):
        SubmissionSettings(
            database_url="postgresql+asyncpg://localhost/x", kafka_bootstrap_servers="localhost:1"
        )
