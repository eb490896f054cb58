"""Samples and readiness in the Straw dialect, and what publishing asks about them."""

from typing import Any

from joust_contracts.events.tasks import SampleRef
from joust_contracts.internal.common import ErrorCode
from joust_contracts.internal.evaluations import PinnedImage
from joust_contracts.internal.readiness import ReadinessStatus, ReadinessView
from joust_contracts.internal.samples import RemovedSample, SampleKind, SampleView
from joust_contracts.internal.tasks import TaskView
from joust_contracts.vocabulary import EvalMode, TaskStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_task, new_id

SAMPLE = SampleView(
    kind=SampleKind.CHEAT, sha256="5f", size_bytes=3, files_count=1, download_url="https://files.example/x"
)
REF = SampleRef(key="k", sha256="5f", size_bytes=3, files_count=1)


def a_check(task: TaskView, status: ReadinessStatus = ReadinessStatus.READY, **changes: Any) -> ReadinessView:
    fields: dict[str, Any] = {
        "task_id": task.id,
        "task_version": task.version,
        "status": status,
        "is_stale": False,
        "reference_score": 80,
        "cheat_score": 20,
        "margin": 10,
        "reason": None,
        "image_digest": None,
        "requested_at": NOW,
        "finished_at": NOW,
        **changes,
    }
    return ReadinessView(**fields)


def actions(answer: Any) -> list[str]:
    return [each["action"] for each in answer.json()["next_actions"]]


async def test_a_sample_is_passed_on_as_it_comes(poster: Party, services: FakeServices) -> None:
    id = new_id()
    services.answer(f"task PUT /internal/tasks/{id}/samples/cheat", SAMPLE)
    answer = await poster.ask("PUT", f"/api/v1/tasks/{id}/samples/cheat", content=b"zip")
    assert (answer.status_code, answer.json()["sha256"]) == (200, "5f")
    assert answer.json()["next_actions"][0]["path"] == f"/api/v1/tasks/{id}/samples/reference"
    (asked,) = services.asked_of("task")
    assert asked.body == b"zip"


async def test_a_sample_is_read_and_deleted(poster: Party, services: FakeServices) -> None:
    id = new_id()
    path = f"/internal/tasks/{id}/samples/cheat"
    services.answer(f"task GET {path}", SAMPLE)
    services.answer(f"task DELETE {path}", RemovedSample(kind=SampleKind.CHEAT))
    read = await poster.ask("GET", f"/api/v1/tasks/{id}/samples/cheat")
    assert read.json()["download_url"] == "https://files.example/x"
    gone = await poster.ask("DELETE", f"/api/v1/tasks/{id}/samples/cheat")
    assert gone.json() == {"kind": "cheat", "deleted": True}


async def test_there_are_two_kinds_of_samples(poster: Party, services: FakeServices) -> None:
    answer = await poster.ask("GET", f"/api/v1/tasks/{new_id()}/samples/third")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "VALIDATION_ERROR")
    assert services.asked == []


async def test_a_check_is_asked_for_and_read_as_the_task_was_just_read(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT, version=7)
    path = f"/internal/tasks/{task.id}/readiness"
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    pending = a_check(task, ReadinessStatus.PENDING, finished_at=None)
    services.answer(f"evaluation POST {path}", pending, 202)
    services.answer(f"evaluation GET {path}", a_check(task))
    begun = await poster.ask("POST", f"/api/v1/tasks/{task.id}/readiness", headers={"Idempotency-Key": "k"})
    assert (begun.status_code, begun.json()["status"], actions(begun)) == (202, "pending", ["get_readiness"])
    read = await poster.ask("GET", f"/api/v1/tasks/{task.id}/readiness")
    assert (read.json()["status"], actions(read)) == ("ready", ["publish_task"])
    assert {asked.headers["Joust-After"] for asked in services.asked_of("evaluation")} == {f"{task.id}:7"}
    assert services.asked_of("evaluation", "POST")[0].headers["Idempotency-Key"] == "k"


async def test_a_stale_or_unready_check_offers_another(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    for check in (a_check(task, is_stale=True), a_check(task, ReadinessStatus.FAILED, reason="away")):
        services.answer(f"evaluation GET /internal/tasks/{task.id}/readiness", check)
        assert actions(await poster.ask("GET", f"/api/v1/tasks/{task.id}/readiness")) == ["check_readiness"]


async def test_a_draft_offers_what_leads_to_a_judge_that_was_tried(
    poster: Party, services: FakeServices
) -> None:
    async def offered(**changes: Any) -> list[tuple[str, str]]:
        task = a_task(poster.account_id, status=TaskStatus.DRAFT, **changes)
        services.answer(f"task GET /internal/tasks/{task.id}", task)
        shown = (await poster.ask("GET", f"/api/v1/tasks/{task.id}")).json()
        assert not {"reference_sample", "cheat_sample"} & shown.keys()
        return [(each["action"], each["path"].rpartition("/")[2]) for each in shown["next_actions"]][3:]

    assert await offered() == [("put_sample", "reference")]
    assert await offered(reference_sample=REF) == [("put_sample", "cheat")]
    assert await offered(reference_sample=REF, cheat_sample=REF) == [("check_readiness", "readiness")]
    assert await offered(eval_mode=EvalMode.EXTERNAL) == []


async def test_publishing_says_why_the_judge_is_not_ready(poster: Party, services: FakeServices) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT)
    place = f"task POST /internal/tasks/{task.id}/publish"
    services.refuse(place, 409, ErrorCode.JUDGE_NOT_READY, task_version=task.version)

    async def details() -> Any:
        answer = await poster.ask("POST", f"/api/v1/tasks/{task.id}/publish")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JUDGE_NOT_READY")
        assert "POST /api/v1/tasks/{id}/readiness" in answer.json()["error"]["message"]
        return answer.json()["error"]["details"]

    assert await details() == {"status": None}
    unready = a_check(task, ReadinessStatus.NOT_READY, reason="They look the same.")
    services.answer(f"evaluation GET /internal/tasks/{task.id}/readiness", unready)
    assert await details() == {"status": "not_ready", "is_stale": False, "reason": "They look the same."}
    stale = a_check(task, is_stale=True)
    services.answer(f"evaluation GET /internal/tasks/{task.id}/readiness", stale)
    assert (await details())["is_stale"] is True


async def test_what_was_found_out_about_the_judge_goes_with_the_second_request(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id, status=TaskStatus.DRAFT, version=5)
    place = f"task POST /internal/tasks/{task.id}/publish"
    services.refuse(place, 409, ErrorCode.JUDGE_NOT_READY, task_version=5)
    services.answer(
        f"evaluation GET /internal/tasks/{task.id}/readiness", a_check(task, image_digest="j@sha256:1")
    )
    await poster.ask("POST", f"/api/v1/tasks/{task.id}/publish")
    assert services.asked_of("task", "POST")[1].query == {
        "eval_network": "False",
        "ready_version": "5",
        "ready_image_digest": "j@sha256:1",
    }


async def test_a_missing_sample_is_told_without_looking_anything_up(
    poster: Party, services: FakeServices
) -> None:
    id = new_id()
    services.refuse(
        f"task POST /internal/tasks/{id}/publish",
        409,
        ErrorCode.JUDGE_NOT_READY,
        samples="the cheat is missing",
    )
    answer = await poster.ask("POST", f"/api/v1/tasks/{id}/publish")
    assert answer.json()["error"]["details"] == {"samples": "the cheat is missing"}
    assert services.asked_of("evaluation") == []


async def test_an_image_is_pinned_before_its_judge_is_looked_at(
    poster: Party, services: FakeServices
) -> None:
    id = new_id()
    services.refuse(
        f"task POST /internal/tasks/{id}/publish",
        409,
        ErrorCode.EVAL_IMAGE_NOT_PINNED,
        eval_image="acme/judge:1",
        eval_network=False,
    )
    services.answer(
        "evaluation POST /internal/eval-images/pin",
        PinnedImage(image="acme/judge:1", pin="acme/judge@sha256:1"),
    )
    answer = await poster.ask("POST", f"/api/v1/tasks/{id}/publish")
    assert answer.json()["error"]["code"] == "EVAL_IMAGE_NOT_PINNED"
    assert len(services.asked_of("task", "POST")) == 2
