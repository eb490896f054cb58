"""Samples of a draft: what a submission must be, for nobody but the owner, and gone when they are replaced."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from joust_contracts.events import TaskUpdated
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_embedded.bounty.works import THOROUGH
from joust_kit.identity import Actor
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.files.orphans import OrphanSweep
from services.task.tests.posting import a_task_in, ask, create
from tests.support.artifacts import zipped
from tests.support.objects import content_of

DESCRIBED = {"SUBMISSION.md": THOROUGH["SUBMISSION.md"]}
GOOD, OTHER = zipped(THOROUGH), zipped(DESCRIBED)


async def put(
    tasks: ServiceUnderTest, actor: Actor, task_id: str, content: bytes = GOOD, kind: str = "reference"
) -> httpx2.Response:
    return await ask(tasks, actor, "PUT", f"/{task_id}/samples/{kind}", content=content)


async def keys_of(tasks: ServiceUnderTest, task_id: str) -> list[str]:
    storage = tasks.runtime.resources.storage
    return [each.key async for each in storage.list_objects(f"tasks/{task_id}/")]


async def read(tasks: ServiceUnderTest, owner: Actor, task_id: str) -> dict[str, Any]:
    return dict((await ask(tasks, owner, "GET", f"/{task_id}")).json())


async def test_a_sample_is_kept_as_it_came_and_told_with_the_task(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    answer = await put(tasks, owner, task["id"])
    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["kind"], said["size_bytes"], said["files_count"]) == ("reference", len(GOOD), len(THOROUGH))
    (told,) = [each.task for each in await tasks.emitted(TaskUpdated) if str(each.task.id) == task["id"]]
    assert (told.version, told.cheat_sample) == (2, None)
    assert told.reference_sample is not None
    assert told.reference_sample.sha256 == said["sha256"]
    stored = await content_of(
        tasks.runtime.resources.storage, told.reference_sample.key, sha256=said["sha256"]
    )
    assert stored == GOOD
    shown = (await ask(tasks, owner, "GET", f"/{task['id']}/samples/reference")).json()
    assert shown["sha256"] == said["sha256"]
    assert told.reference_sample.key in shown["download_url"]


async def test_another_sample_replaces_the_first_and_leaves_nothing_behind(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await put(tasks, owner, task["id"])
    await put(tasks, owner, task["id"], OTHER)
    now = await read(tasks, owner, task["id"])
    assert await keys_of(tasks, task["id"]) == [now["reference_sample"]["key"]]
    assert now["version"] == 3


async def test_the_same_bytes_again_change_nothing(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await put(tasks, owner, task["id"])
    before = await read(tasks, owner, task["id"])
    again = await put(tasks, owner, task["id"])
    assert again.status_code == 200
    assert await read(tasks, owner, task["id"]) == before
    assert await keys_of(tasks, task["id"]) == [before["reference_sample"]["key"]]


async def test_samples_at_the_same_time_leave_one_of_each_kind(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    contents = [zipped({**DESCRIBED, "number.txt": str(number)}) for number in range(4)]
    answers = await asyncio.gather(
        *(put(tasks, owner, task["id"], each, kind) for each in contents for kind in ("reference", "cheat"))
    )
    assert {answer.status_code for answer in answers} == {200}
    now = await read(tasks, owner, task["id"])
    kept = {now["reference_sample"]["key"], now["cheat_sample"]["key"]}
    assert set(await keys_of(tasks, task["id"])) == kept


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "UNSUPPORTED_FILE_TYPE"),
        (b"no zip at all", 415, "UNSUPPORTED_FILE_TYPE"),
        (zipped({"main.py": "print(1)"}), 409, "MISSING_SUBMISSION_MD"),
        (zipped({**DESCRIBED, "../out.py": ""}), 422, "VALIDATION_ERROR"),
        (zipped({**DESCRIBED, "more.zip": zipped({"a": "b"})}), 422, "VALIDATION_ERROR"),
        (GOOD[:-30], 422, "VALIDATION_ERROR"),
    ],
    ids=["nothing", "no zip", "no description", "a way out", "a zip within", "cut off"],
)
async def test_what_no_submission_may_be_is_no_sample(
    tasks: ServiceUnderTest, content: bytes, status: int, code: str
) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    refused = await put(tasks, owner, task["id"], content)
    assert (refused.status_code, refused.json()["error"]["code"]) in {(status, code), (415, code)}, (
        refused.text
    )
    assert await keys_of(tasks, task["id"]) == []
    assert await read(tasks, owner, task["id"]) == task


async def test_a_sample_that_is_too_large_is_refused(
    open_service: Callable[..., Awaitable[ServiceUnderTest]],
) -> None:
    small = await open_service(ServiceName.TASK, max_sample_bytes=100)
    owner = an_actor()
    task = await create(small, owner)
    refused = await put(small, owner, task["id"])
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "FILE_TOO_LARGE")


async def test_nobody_else_learns_of_a_sample(tasks: ServiceUnderTest) -> None:
    owner, other = an_actor(), an_actor()
    draft = await create(tasks, owner)
    await put(tasks, owner, draft["id"])
    path = f"/{draft['id']}/samples/reference"
    for method in ("GET", "PUT", "DELETE"):
        assert (await ask(tasks, other, method, path, content=GOOD)).status_code == 404


async def test_a_published_task_keeps_its_samples_as_they_are(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await a_task_in(tasks, owner, TaskStatus.OPEN)
    path = f"/{task['id']}/samples/cheat"
    for method in ("PUT", "DELETE"):
        refused = await ask(tasks, owner, method, path, content=GOOD)
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert (await ask(tasks, owner, "GET", path)).status_code == 404
    assert (await ask(tasks, an_actor(), "GET", path)).status_code == 403


async def test_a_sample_that_is_removed_is_gone_with_its_object(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await put(tasks, owner, task["id"], kind="cheat")
    path = f"/{task['id']}/samples/cheat"
    gone = await ask(tasks, owner, "DELETE", path)
    assert (gone.status_code, gone.json()) == (200, {"kind": "cheat", "deleted": True})
    assert await keys_of(tasks, task["id"]) == []
    for method in ("GET", "DELETE"):
        assert (await ask(tasks, owner, method, path)).status_code == 404


async def test_the_sweep_takes_what_no_task_refers_to_and_nothing_else(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    task = await create(tasks, owner)
    await put(tasks, owner, task["id"])
    kept = (await read(tasks, owner, task["id"]))["reference_sample"]["key"]
    storage = tasks.runtime.resources.storage
    orphan = f"{kept[:-12]}{'0' * 12}"

    async def body() -> Any:
        yield GOOD

    await storage.put(orphan, body(), size_bytes=len(GOOD), content_type="application/zip")
    sweep = OrphanSweep(tasks.database, storage, min_age=timedelta(), interval=timedelta(hours=1))
    assert {kept, orphan} == set(await keys_of(tasks, task["id"]))
    await sweep.sweep()
    assert await keys_of(tasks, task["id"]) == [kept]


def unready(answer: httpx2.Response) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "JUDGE_NOT_READY"), answer.text
    return dict(answer.json()["error"]["details"])


async def publish(tasks: ServiceUnderTest, owner: Actor, task_id: str, **looked_up: Any) -> httpx2.Response:
    return await ask(tasks, owner, "POST", f"/{task_id}/publish", params=looked_up)


async def test_a_draft_with_samples_is_published_once_its_judge_was_seen_to_be_ready(
    tasks: ServiceUnderTest,
) -> None:
    owner = an_actor()
    task_id = (await create(tasks, owner))["id"]
    await put(tasks, owner, task_id)
    assert "cheat" in unready(await publish(tasks, owner, task_id, ready_version=2))["samples"]
    await put(tasks, owner, task_id, OTHER, "cheat")
    assert unready(await publish(tasks, owner, task_id)) == {"task_version": 3}
    assert unready(await publish(tasks, owner, task_id, ready_version=2)) == {"task_version": 3}
    published = await publish(tasks, owner, task_id, ready_version=3)
    assert (published.status_code, published.json()["status"]) == (200, "open")


async def test_an_external_task_is_not_published_with_samples(tasks: ServiceUnderTest) -> None:
    owner = an_actor()
    judge = {"eval_mode": "external", "eval_callback_url": "https://example.com/judge"}
    task_id = (await create(tasks, owner, **judge))["id"]
    await put(tasks, owner, task_id)
    assert "DELETE" in unready(await publish(tasks, owner, task_id))["samples"]
    await ask(tasks, owner, "DELETE", f"/{task_id}/samples/reference")
    assert (await publish(tasks, owner, task_id)).status_code == 200


async def test_the_image_must_be_the_one_that_was_tried(
    open_service: Callable[..., Awaitable[ServiceUnderTest]],
) -> None:
    service = await open_service(ServiceName.TASK, eval_modes=frozenset(EvalMode))
    owner, image = an_actor(), "ghcr.io/acme/judge:1"
    task_id = (await create(service, owner, eval_mode="container", eval_image=image))["id"]
    await put(service, owner, task_id)
    await put(service, owner, task_id, OTHER, "cheat")
    pins = [f"ghcr.io/acme/judge@sha256:{digit * 64}" for digit in "ab"]
    looked_up = {"eval_image": image, "eval_image_digest": pins[0], "ready_version": 3}
    other = await publish(service, owner, task_id, **looked_up, ready_image_digest=pins[1])
    assert "eval_image" in unready(other)
    assert (
        await publish(service, owner, task_id, **looked_up, ready_image_digest=pins[0])
    ).status_code == 200
