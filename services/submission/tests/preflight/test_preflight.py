"""The check beforehand says what a submission would say, and keeps nothing."""

from typing import Any

import pytest

from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import TaskStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor
from libs.joust_kit.tests.archives.corpus import BAD, ODD
from services.submission.tests.conftest import Arena, Uploads

OF_ARTIFACTS = [
    "no description",
    "a parent folder",
    "a symbolic link",
    "text",
    "one byte changed",
    "4 GB told",
]


async def check_archive(arena: Arena, actor: Actor, task: TaskSnapshot, content: bytes) -> dict[str, Any]:
    headers = arena.service.as_actor(actor, **{"content-type": "application/zip"})
    path = f"/internal/tasks/{task.id}/preflight-archive"
    answer = await arena.service.http.post(path, content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def check_files(arena: Arena, actor: Actor, task: TaskSnapshot, **files: str) -> dict[str, Any]:
    headers = arena.service.as_actor(actor)
    path = f"/internal/tasks/{task.id}/preflight-files"
    answer = await arena.service.http.post(path, json={"files": files}, headers=headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def codes(view: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(each["subject"], each["code"], each["blocks"]) for each in view["findings"]]


async def test_a_good_archive_and_good_files_would_be_accepted_and_leave_nothing_behind(
    arena: Arena, uploads: Uploads
) -> None:
    agent, task = an_actor(), await arena.open_task()
    view = await check_archive(arena, agent, task, ODD["as Python packs it"]())
    assert (view["would_be_accepted"], view["findings"], view["files_count"]) == (True, [], 2)
    view = await check_files(arena, agent, task, **{"main.py": "print(1)"})
    assert (view["would_be_accepted"], view["findings"], view["files_count"]) == (True, [], 2)
    assert view["quota"] == {"used": 0, "limit": 15, "remaining": 15}
    assert uploads.written == []
    assert await arena.received(task) == []


@pytest.mark.parametrize("name", OF_ARTIFACTS)
async def test_an_archive_is_found_unfit_with_the_code_of_the_refusal(arena: Arena, name: str) -> None:
    make, expected = BAD[name]
    view = await check_archive(arena, an_actor(), await arena.open_task(), make())
    assert not view["would_be_accepted"]
    (finding,) = view["findings"]
    known = str(expected) if str(expected).isupper() else "VALIDATION_ERROR"
    assert (finding["subject"], finding["code"]) == ("artifact", known)
    assert finding["message"]


async def test_each_bad_name_is_a_finding_of_its_own(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task()
    view = await check_files(arena, agent, task, **{"../a": "x", "/b": "x", "fine": "x"})
    assert {each["file"] for each in view["findings"]} == {"../a", "/b"}
    refused = await arena.submit(agent, task.id, {"../a": "x", "/b": "x", "fine": "x"})
    assert set(refused.json()["error"]["details"]) == {"files.../a", "files./b"}


async def test_sections_that_are_missing_are_told_and_keep_nobody_out_of_quick_submit(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task()
    files = {"SUBMISSION.md": "# Mine\n## Architecture\n"}
    view = await check_files(arena, agent, task, **files)
    assert codes(view) == [("artifact", "MISSING_SUBMISSION_MD", False)]
    assert "Tradeoffs" in view["findings"][0]["message"]
    assert view["would_be_accepted"]
    assert (await arena.submit(agent, task.id, files)).status_code == 201


async def test_what_stands_between_the_caller_and_the_task_is_found_beside_the_artifact(arena: Arena) -> None:
    poster, agent = an_actor(), an_actor()
    task = await arena.open_task(poster, max_submissions_per_agent=1)
    bad = BAD["a symbolic link"][0]()
    assert codes(await check_archive(arena, poster, task, bad)) == [
        ("task", "FORBIDDEN", True),
        ("artifact", "VALIDATION_ERROR", True),
    ]
    await arena.submitted(agent, task)
    assert codes(await check_files(arena, agent, task, a="x")) == [("quota", "QUOTA_EXHAUSTED", True)]
    closed = await arena.open_task(status=TaskStatus.CLOSED)
    assert codes(await check_files(arena, agent, closed, a="x")) == [("task", "TASK_NOT_OPEN", True)]


async def test_the_place_that_waits_for_its_artifact_needs_no_other(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task(max_submissions_per_agent=1)
    path = f"/internal/tasks/{task.id}/submissions"
    await arena.service.http.post(path, json={}, headers=arena.service.as_actor(agent))
    view = await check_archive(arena, agent, task, ODD["one file"]())
    assert (view["would_be_accepted"], codes(view)) == (
        True,
        [("submission", "SUBMISSION_IN_PROGRESS", False)],
    )
    assert not (await check_files(arena, agent, task, a="x"))["would_be_accepted"]


async def test_a_draft_of_somebody_else_is_not_there(arena: Arena) -> None:
    task = await arena.open_task(status=TaskStatus.DRAFT)
    headers = arena.service.as_actor(an_actor())
    path = f"/internal/tasks/{task.id}/preflight-files"
    answer = await arena.service.http.post(path, json={"files": {"a": "x"}}, headers=headers)
    assert answer.status_code == 404
