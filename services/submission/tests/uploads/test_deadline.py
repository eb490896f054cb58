"""What is taken around the deadline was received before it, wherever within a request the deadline passes."""

from datetime import datetime
from typing import Any

from joust_contracts.events.tasks import TaskSnapshot
from joust_kit.testing.component import an_actor
from services.submission.tests.ticking import LOOKS, deadline_passes
from services.submission.tests.uploads.conftest import GOOD, Intake


def was_taken_in_time(answer: Any, task: TaskSnapshot) -> bool:
    """False if it was refused because of the deadline."""
    if answer.status_code == 409:
        assert answer.json()["error"]["code"] == "DEADLINE_PASSED"
        return False
    assert answer.status_code in {200, 201}, answer.text
    received_at = datetime.fromisoformat(answer.json()["submission"]["received_at"])
    assert received_at < task.deadline
    return True


async def test_files_are_taken_in_time_or_refused(intake: Intake) -> None:
    task = await intake.open_task()
    taken = []
    for looks in LOOKS:
        with deadline_passes(intake.service, task.deadline, after_looks=looks):
            answer = await intake.submit(an_actor(), task.id)
        taken.append(was_taken_in_time(answer, task))
    assert (taken[0], taken[-1]) == (False, True)


async def test_an_artifact_is_taken_over_in_time_or_refused(intake: Intake) -> None:
    task = await intake.open_task()
    taken = []
    for looks in LOOKS:
        agent = an_actor()
        made = await intake.registered(agent, task)
        await intake.put(made["upload"]["url"], GOOD)
        with deadline_passes(intake.service, task.deadline, after_looks=looks):
            answer = await intake.complete(agent, made["submission"]["id"])
        taken.append(was_taken_in_time(answer, task))
    assert (taken[0], taken[-1]) == (False, True)
