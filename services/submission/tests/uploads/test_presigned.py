"""Upload URLs on real S3 (row S9): they allow one thing, for a time, and never change what is judged."""

import asyncio
import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

import httpx2

from joust_kit.testing.component import an_actor
from joust_submission.artifacts.keys import key_of_upload
from joust_submission.uploads.timers import NEVER_COMPLETED
from libs.joust_kit.tests.archives.zips import File, Zip
from services.submission.tests.uploads.conftest import GOOD, Intake, sized
from tests.support.arena import eventually

OTHER = bytes(Zip.of(File("evil.py", b"import os")))


async def test_a_url_allows_no_other_key_and_no_other_method(intake: Intake) -> None:
    task = await intake.open_task()
    mine = (await intake.registered(an_actor(), task))["upload"]
    theirs = (await intake.registered(an_actor(), task))["upload"]
    assert await intake.put(theirs["url"], GOOD) == 200
    assert await intake.put(mine["url"].replace(mine["path"], theirs["path"]), OTHER) == 403
    assert await intake.put(mine["url"].replace(mine["path"], "submissions/x.zip"), OTHER) == 403
    async with httpx2.AsyncClient(timeout=30) as http:
        for method in ("GET", "DELETE", "POST"):
            assert (await http.request(method, theirs["url"])).status_code in {403, 405}, method
        bare = urlsplit(theirs["url"])._replace(query="").geturl()
        assert (await http.put(bare, content=OTHER)).status_code == 403
    async with intake.storage.open(theirs["path"]) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == GOOD


async def test_a_url_that_has_expired_allows_nothing(intake: Intake) -> None:
    made = await intake.registered(an_actor(), await intake.open_task())
    key = key_of_upload(made["submission"]["id"])
    short = intake.storage.presigned_put(key, expires=timedelta(seconds=1))

    async def refused() -> bool:
        return await intake.put(short, GOOD) == 403

    await eventually(refused, seconds=10)


async def test_more_than_may_be_uploaded_is_measured_and_not_believed(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    id, refused = await intake.handed_in(agent, task, sized(300_000))
    assert (refused.status_code, refused.json()["error"]["details"]["size_bytes"]) == (413, 300_000)
    assert await intake.objects_of(id) == {key_of_upload(id)}
    with intake.service.clock.ahead(timedelta(hours=2)):
        await intake.sweep().sweep()
    assert await intake.objects_of(id) == set()


async def test_what_is_put_after_complete_changes_nothing_and_is_removed(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id, url = made["submission"]["id"], made["upload"]["url"]
    await intake.put(url, GOOD)
    done = (await intake.complete(agent, id)).json()
    assert await intake.put(url, OTHER) == 200
    (told,) = await intake.received(task)
    assert await intake.object_of(told) == GOOD
    async with httpx2.AsyncClient(timeout=30) as http:
        shown = await http.get(done["output_url"])
    assert shown.content == GOOD
    assert shown.headers["Content-Disposition"].startswith("attachment")
    with intake.service.clock.ahead(timedelta(hours=2)):
        await intake.sweep().sweep()
    assert await intake.objects_of(id) == {told.artifact.key if told.artifact else ""}


async def test_what_is_put_while_it_is_completed_is_judged_whole_or_not_at_all(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id, url = made["submission"]["id"], made["upload"]["url"]
    await intake.put(url, GOOD)

    async def put_on() -> None:
        for _ in range(10):
            await asyncio.gather(intake.put(url, GOOD), intake.put(url, OTHER))

    putting = asyncio.create_task(put_on())
    answers = await asyncio.gather(*(intake.complete(agent, id) for _ in range(6)))
    await putting
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409, 409]
    assert {each.json()["error"]["code"] for each in answers if each.status_code == 409} == {"WRONG_STATUS"}
    (told,) = await intake.received(task)
    assert told.artifact is not None
    assert hashlib.sha256(await intake.object_of(told)).hexdigest() == told.artifact.sha256
    # The copies of those that came too late are gone.
    assert await intake.objects_of(id) <= {told.artifact.key, key_of_upload(id)}


async def test_objects_of_submissions_that_were_never_completed_are_swept(intake: Intake) -> None:
    agent, task = an_actor(), await intake.open_task()
    made = await intake.registered(agent, task)
    id = made["submission"]["id"]
    await intake.put(made["upload"]["url"], GOOD)
    with intake.service.clock.ahead(timedelta(hours=2)):
        await intake.sweep().sweep()
        assert await intake.objects_of(id) == {key_of_upload(id)}, "it may still be completed"
        await intake.service.run_jobs("end_upload", also_future=True)
        assert (await intake.read(agent, id))["submission"]["error_message"] == NEVER_COMPLETED
        await intake.sweep().sweep()
    assert await intake.objects_of(id) == set()
