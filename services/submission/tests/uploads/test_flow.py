"""Register, upload, complete: what is answered, told and kept, by each way that bytes can take."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from joust_contracts.events import SubmissionFailed, SubmissionRegistered, TaskClosed, TaskDeadlinePassed
from joust_contracts.vocabulary import TaskStatus
from joust_kit.testing.component import an_actor
from libs.joust_kit.tests.archives.corpus import BAD
from libs.joust_kit.tests.archives.zips import File, Zip
from services.submission.tests.uploads.conftest import GOOD, MAX_BYTES, Intake, sized

HOUR = timedelta(hours=1)


async def test_registering_takes_a_place_and_says_where_to_put_the_artifact(intake: Intake) -> None:
    agent, task = an_actor("Ada's agent"), await intake.open_task()
    made = await intake.registered(agent, task)
    submission, upload = made["submission"], made["upload"]
    assert (submission["status"], submission["artifact"]) == ("registered", None)
    assert submission["agent_display_name"] == "Ada's agent"
    assert made["quota"] == {"used": 1, "limit": 15, "remaining": 14}
    assert upload["url"].endswith(f"?{upload['token']}")
    assert f"/{upload['path']}?" in upload["url"]
    (told,) = await intake.service.emitted(SubmissionRegistered, aggregate_id=UUID(submission["id"]))
    assert told.submission.model_dump(mode="json") == submission
    assert await intake.received(task) == []


async def test_an_upload_url_works_until_an_hour_past_the_deadline_but_seven_days_at_most(
    intake: Intake,
) -> None:
    now = intake.service.clock.now()
    soon = await intake.open_task(deadline=(now + timedelta(days=2)).replace(microsecond=0))
    late = await intake.open_task(deadline=now + timedelta(days=30))
    near = (await intake.registered(an_actor(), soon))["upload"]["expires_at"]
    far = (await intake.registered(an_actor(), late))["upload"]["expires_at"]
    assert abs(moment(near) - (soon.deadline + HOUR)) <= timedelta(seconds=1)
    assert abs(moment(far) - (now + timedelta(days=7))) <= timedelta(seconds=5)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_what_was_put_to_the_url_is_taken_over_as_it_is(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    _, answer = await intake.handed_in(agent, task, GOOD)
    assert answer.status_code == 200, answer.text
    submission = answer.json()["submission"]
    assert (submission["status"], submission["version"]) == ("running", 2)
    artifact = submission["artifact"]
    assert artifact["sha256"] == hashlib.sha256(GOOD).hexdigest()
    assert (artifact["size_bytes"], artifact["files_count"]) == (len(GOOD), 2)
    (told,) = await intake.received(task)
    assert told.model_dump(mode="json") == submission
    assert await intake.object_of(told) == GOOD
    assert (await intake.read(agent, told.id))["submission"]["status"] == "running"
    assert (await intake.read(agent, told.id))["resume"] is None


@pytest.mark.parametrize("form", [False, True], ids=["bytes", "form"])
async def test_an_artifact_can_come_through_the_service(intake: Intake, form: bool) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = (await intake.registered(agent, task))["submission"]["id"]
    path = f"/internal/submissions/{id}/upload"
    if form:
        sent = await intake.post(agent, path, files={"file": ("../../work.exe", GOOD)})
    else:
        sent = await intake.upload(agent, id, GOOD)
    assert sent.status_code == 200, sent.text
    assert (sent.json()["size_bytes"], sent.json()["sha256"]) == (len(GOOD), hashlib.sha256(GOOD).hexdigest())
    assert await intake.objects_of(id) == {f"submission-uploads/{id}.zip"}
    assert await intake.received(task) == []
    assert (await intake.complete(agent, id)).status_code == 200


async def test_an_upload_can_be_replaced_until_it_is_complete(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = (await intake.registered(agent, task))["submission"]["id"]
    other = bytes(Zip.of(File("better.py")))
    await intake.upload(agent, id, GOOD)
    await intake.upload(agent, id, other)
    answer = await intake.complete(agent, id)
    assert answer.json()["submission"]["artifact"]["sha256"] == hashlib.sha256(other).hexdigest()
    refused = await intake.upload(agent, id, GOOD)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "WRONG_STATUS")


async def test_without_an_upload_nothing_happens_and_it_can_be_made_good(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    refused = await intake.complete(agent, id)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "NO_UPLOAD_FOUND")
    assert (await intake.read(agent, id))["submission"]["status"] == "registered"
    await intake.put(made["upload"]["url"], GOOD)
    assert (await intake.complete(agent, id)).status_code == 200


UNFIT = {
    "no description": (BAD["no description"][0](), 409, "MISSING_SUBMISSION_MD"),
    "a parent folder": (BAD["a parent folder"][0](), 422, "VALIDATION_ERROR"),
    "one byte changed": (BAD["one byte changed"][0](), 422, "VALIDATION_ERROR"),
    "text": (b"I would use pandas for this.", 415, "UNSUPPORTED_FILE_TYPE"),
    "nothing": (b"", 415, "UNSUPPORTED_FILE_TYPE"),
    "too many bytes": (sized(MAX_BYTES + 1), 413, "FILE_TOO_LARGE"),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_an_unfit_artifact_ends_the_submission_and_the_refusal_says_why(
    intake: Intake, name: str
) -> None:
    content, status, code = UNFIT[name]
    agent, task = an_actor(), await intake.open_task()
    id, refused = await intake.handed_in(agent, task, content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code), refused.text
    read = (await intake.read(agent, id))["submission"]
    assert (read["status"], read["artifact"]) == ("failed", None)
    assert read["error_message"] == refused.json()["error"]["message"]
    told = await intake.service.emitted(SubmissionFailed)
    assert [each.submission.status for each in told if str(each.submission.id) == id] == ["failed"]
    assert (await intake.complete(agent, id)).json()["error"]["code"] == "WRONG_STATUS"
    # Its place is free for a better one, which uses another of the quota.
    assert (await intake.registered(agent, task))["quota"]["used"] == 2


async def test_an_artifact_of_exactly_the_limit_is_taken(intake: Intake) -> None:
    _, answer = await intake.handed_in(an_actor(), await intake.open_task(), sized(MAX_BYTES))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (sized(MAX_BYTES + 1), {}, 413, "FILE_TOO_LARGE"),
        (b"text", {}, 415, "UNSUPPORTED_FILE_TYPE"),
        (b"{}", {"content-type": "application/json"}, 415, "UNSUPPORTED_FILE_TYPE"),
        (b"--x--", {"content-type": "multipart/form-data"}, 400, "BAD_REQUEST"),
        (b"--x--", {"content-type": "multipart/form-data; boundary=x"}, 422, "VALIDATION_ERROR"),
    ],
)
async def test_what_can_not_be_an_artifact_is_not_even_uploaded(
    intake: Intake, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = (await intake.registered(agent, task))["submission"]["id"]
    refused = await intake.upload(agent, id, content, **headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (status, code), refused.text
    assert await intake.objects_of(id) == set()
    assert (await intake.read(agent, id))["submission"]["status"] == "registered"


async def test_a_lost_url_is_given_anew_without_using_quota(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    id = (await intake.registered(agent, task))["submission"]["id"]
    fresh = await intake.post(agent, f"/internal/submissions/{id}/upload-url")
    assert fresh.status_code == 200
    assert await intake.used(agent, task) == 1
    resume = (await intake.read(agent, id))["resume"]
    assert resume["path"] == fresh.json()["upload"]["path"]
    assert await intake.put(resume["url"], GOOD) == 200
    assert (await intake.read(agent, id))["resume"] is None
    again = await intake.post(agent, f"/internal/submissions/{id}/upload-url")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "ALREADY_UPLOADED")
    assert (await intake.complete(agent, id)).status_code == 200
    over = await intake.post(agent, f"/internal/submissions/{id}/upload-url")
    assert (over.status_code, over.json()["error"]["code"]) == (409, "WRONG_STATUS")


async def test_the_poster_sees_a_registered_submission_and_gets_no_url_to_it(intake: Intake) -> None:
    poster, agent, stranger = an_actor(), an_actor(), an_actor()
    task = await intake.open_task(poster)
    id = (await intake.registered(agent, task))["submission"]["id"]
    assert (await intake.read(agent, id))["resume"] is not None
    assert (await intake.read(poster, id))["resume"] is None
    for actor, status in ((poster, 403), (stranger, 404)):
        for answer in (
            await intake.post(actor, f"/internal/submissions/{id}/upload-url"),
            await intake.upload(actor, id, GOOD),
            await intake.complete(actor, id),
        ):
            assert answer.status_code == status, answer.text
    assert await intake.objects_of(id) == set()


async def test_after_the_deadline_and_in_a_closed_task_nothing_is_taken(intake: Intake) -> None:
    for event, status, code, end in (
        (TaskDeadlinePassed, TaskStatus.EVALUATING, "DEADLINE_PASSED", "registered"),
        (TaskClosed, TaskStatus.CLOSED, "TASK_CLOSED", "failed"),
    ):
        agent, task = an_actor(), await intake.open_task()
        made = await intake.registered(agent, task)
        id = made["submission"]["id"]
        await intake.put(made["upload"]["url"], GOOD)
        await intake.service.deliver(event(task=task.model_copy(update={"version": 3, "status": status})))
        for answer in (
            await intake.complete(agent, id),
            await intake.upload(agent, id, GOOD),
            await intake.post(agent, f"/internal/submissions/{id}/upload-url"),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)
        await intake.service.run_jobs("end_uploads_of_task")
        read = await intake.read(agent, id)
        assert (read["submission"]["status"], read["resume"]) == (end, None)


async def test_the_clock_decides_before_the_news_of_the_deadline_comes(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    await intake.put(made["upload"]["url"], GOOD)
    with intake.service.clock.ahead(timedelta(days=2, seconds=1)):
        refused = await intake.complete(agent, made["submission"]["id"])
    assert refused.json()["error"]["code"] == "DEADLINE_PASSED"


async def test_a_submission_whose_artifact_never_came_fails_by_its_timer(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    waiting = (await intake.registered(agent, task))["submission"]["id"]
    other, done = an_actor(), await intake.open_task()
    finished, _ = await intake.handed_in(other, done, GOOD)
    await intake.service.run_jobs("end_upload", also_future=True)
    read = (await intake.read(agent, waiting))["submission"]
    assert (read["status"], "No artifact was completed" in read["error_message"]) == ("failed", True)
    assert (await intake.read(other, finished))["submission"]["status"] == "running"
    assert await intake.service.run_jobs("end_upload", also_future=True) == 0
