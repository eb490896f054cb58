"""Every step from every status, made from the table of transitions."""

from itertools import product

import pytest

from joust_contracts.vocabulary import TaskStatus
from joust_kit.testing.component import ServiceUnderTest, an_actor
from joust_task.tasks.errors import InvalidTransition
from joust_task.tasks.rules import TRANSITIONS, check_transition
from services.task.tests.posting import a_task_in, ask, move

STEPS = {"publish": TaskStatus.OPEN, "close": TaskStatus.CLOSED}


def test_every_status_has_its_transitions() -> None:
    assert set(TRANSITIONS) == set(TaskStatus)


@pytest.mark.parametrize(("now", "then"), list(product(TaskStatus, TaskStatus)))
def test_a_transition_is_in_the_table_or_refused(now: TaskStatus, then: TaskStatus) -> None:
    if then in TRANSITIONS[now]:
        check_transition(now, then)
    else:
        with pytest.raises(InvalidTransition):
            check_transition(now, then)


@pytest.mark.parametrize(("status", "step"), list(product(TaskStatus, STEPS)))
async def test_a_step_is_done_if_the_table_allows_it_and_else_changes_nothing(
    tasks: ServiceUnderTest, status: TaskStatus, step: str
) -> None:
    owner = an_actor()
    task = await a_task_in(tasks, owner, status)
    answer = await move(tasks, owner, task["id"], step)
    after = (await ask(tasks, owner, "GET", f"/{task['id']}")).json()
    if STEPS[step] in TRANSITIONS[status]:
        assert (answer.status_code, after["status"]) == (200, STEPS[step])
        assert after["version"] == task["version"] + 1
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "INVALID_TRANSITION")
        assert answer.json()["error"]["details"]["allowed"] == sorted(TRANSITIONS[status])
        assert after == task
