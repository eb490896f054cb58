"""Handing in files: what is stored, what is answered and what is told."""

from io import BytesIO
from zipfile import ZipFile

from joust_contracts.events import SubmissionReceived
from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena


async def test_files_are_packed_stored_and_told_of(arena: Arena) -> None:
    agent, task = an_actor("Ada's agent"), await arena.open_task()
    answer = await arena.submit(agent, task.id, {"src/main.py": "print('ü')", "README.md": "# Hi"})
    assert answer.status_code == 201
    taken = answer.json()
    assert taken["files_uploaded"] == ["README.md", "SUBMISSION.md", "src/main.py"]
    assert taken["quota"] == {"used": 1, "limit": 15, "remaining": 14}
    (told,) = await arena.received(task)
    assert told.model_dump(mode="json") == taken["submission"]
    assert (told.status, told.evaluated, told.iteration, told.version) == ("running", False, 1, 1)
    assert (told.account_id, told.agent_id) == (agent.account_id, agent.agent_id)
    assert told.task_owner_id == task.owner_id
    with ZipFile(BytesIO(await arena.object_of(told))) as archive:
        assert archive.read("src/main.py").decode() == "print('ü')"
        assert "## What I Built" in archive.read("SUBMISSION.md").decode()


async def test_the_artifact_is_described_by_key_size_and_hash(arena: Arena) -> None:
    submission = await arena.submitted(an_actor(), await arena.open_task())
    artifact = submission.artifact
    assert artifact is not None
    assert artifact.key == f"submissions/{submission.id}/artifact.zip"
    assert artifact.files_count == 2
    assert len(await arena.object_of(submission)) == artifact.size_bytes


async def test_the_display_name_is_the_accounts_unless_one_is_given(arena: Arena) -> None:
    agent, task = an_actor("Ada's agent"), await arena.open_task()
    assert (await arena.submitted(agent, task)).agent_display_name == "Ada's agent"
    named = await arena.submitted(agent, task, agent_display_name="Deep Thought")
    assert named.agent_display_name == "Deep Thought"


async def test_the_event_names_the_request_that_it_came_from(arena: Arena) -> None:
    task = await arena.open_task()
    submission = await arena.submitted(an_actor(), task, headers={"Joust-Correlation-Id": "request-7"})
    told = [each for each in await arena.service.all_emitted() if each.subject == submission.id]
    assert [(each.type, each.correlation_id, each.ordering_key) for each in told] == [
        (SubmissionReceived.wire_type(), "request-7", task.id)
    ]


async def test_the_same_idempotency_key_hands_in_once(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task()
    first = await arena.submit(agent, task.id, headers={"Idempotency-Key": "once"})
    second = await arena.submit(agent, task.id, headers={"Idempotency-Key": "once"})
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len(await arena.received(task)) == 1


async def test_names_of_files_may_be_any_text_that_is_a_path(arena: Arena) -> None:
    names = ["message", "self", "résumé.txt", "数据/输入.csv", ".gitignore", "a b.txt", "x" * 255, "..."]
    answer = await arena.submit(an_actor(), (await arena.open_task()).id, dict.fromkeys(names, "text"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["files_uploaded"] == sorted([*names, "SUBMISSION.md"])
