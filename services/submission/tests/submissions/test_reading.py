"""Who may read a submission, and what it shows."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from joust_contracts.vocabulary import EvalMode
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.submission.tests.conftest import Arena

PLAIN = {"evidence": [], "spread": None}
"""Of a dimension by a judge that quotes nothing and votes alone."""


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_running_submission_shows_no_scores(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task(eval_mode=EvalMode.HYBRID)
    submission = await arena.submitted(agent, task)
    view = await arena.read(agent, submission.id)
    assert view["submission"] == submission.model_dump(mode="json")
    assert view["eval_mode"] == "hybrid"
    assert (view["scores"], view["dimensions"], view["scored_at"]) == (None, [], None)


async def test_a_completed_submission_shows_scores_dimensions_and_reasons(arena: Arena) -> None:
    agent, task = an_actor(), await arena.open_task()
    submission = await arena.submitted(agent, task)
    judged = arena.completed(submission, score=77.25)
    await arena.service.deliver(judged)
    view = await arena.read(agent, submission.id)
    assert view["scores"] == {
        "final_score": 77.25,
        "llm_score": 77.25,
        "test_score": None,
        "container_score": None,
        "breakdown": None,
    }
    assert view["dimensions"] == [
        {"criterion_name": "Correctness", "score": 77.25, "weight": 100, "reasoning": "Right.", **PLAIN}
    ]
    assert (view["reasoning"], view["judge"]) == ("All in all right.", "offline")
    assert view["scored_at"] == judged.model_dump(mode="json")["completed_at"]


async def test_a_failed_evaluation_shows_its_reason(arena: Arena) -> None:
    agent = an_actor()
    submission = await arena.submitted(agent, await arena.open_task())
    await arena.service.deliver(arena.failed(submission))
    view = await arena.read(agent, submission.id)
    assert view["submission"]["error_message"] == "the judge did not answer"
    assert view["scores"] is None


async def test_the_tasks_owner_reads_it_with_the_quota_of_its_account(arena: Arena) -> None:
    owner, agent = an_actor(), an_actor()
    task = await arena.open_task(owner, max_submissions_per_agent=3)
    submission = await arena.submitted(agent, task)
    await arena.submitted(agent, task)
    await arena.submitted(an_actor(), task)
    assert (await arena.read(owner, submission.id))["quota"] == {"used": 2, "limit": 3, "remaining": 1}


async def test_a_rival_can_not_find_it_any_more_than_one_that_is_not_there(arena: Arena) -> None:
    rival, task = an_actor(), await arena.open_task()
    await arena.submitted(rival, task)
    submission = await arena.submitted(an_actor(), task)
    hidden = await arena.get(rival, f"/internal/submissions/{submission.id}")
    absent = await arena.get(rival, f"/internal/submissions/{uuid4()}")
    assert code_of(hidden) == code_of(absent) == (404, "NOT_FOUND")
    assert hidden.json() == absent.json()


async def test_a_malformed_id_is_a_400(arena: Arena) -> None:
    assert code_of(await arena.get(an_actor(), "/internal/submissions/7")) == (400, "INVALID_UUID")


async def test_while_tasks_are_being_read_in_again_the_view_is_unavailable_not_wrong(arena: Arena) -> None:
    agent = an_actor()
    submission = await arena.submitted(agent, await arena.open_task())
    async with arena.service.database.transaction() as unit:
        await unit.session.execute(
            text("DELETE FROM submission.tasks WHERE id = :id"), {"id": submission.task_id}
        )
    answer = await arena.get(agent, f"/internal/submissions/{submission.id}")
    assert code_of(answer) == (503, "SERVICE_UNAVAILABLE")


async def test_the_owner_finds_the_latest_submission_of_an_agent(arena: Arena) -> None:
    owner, agent = an_actor(), an_actor()
    task = await arena.open_task(owner)
    other_agent = replace(agent, agent_id=RandomIds().new())
    await arena.submitted(agent, task)
    latest = await arena.submitted(agent, task)
    await arena.submitted(other_agent, task)
    await arena.service.deliver(arena.completed(latest))
    path = f"/internal/tasks/{task.id}/agents/{agent.agent_id}/latest"
    assert (await arena.get(owner, path)).json() == {
        "submission_id": str(latest.id),
        "account_id": str(agent.account_id),
        "version": 2,
    }


async def test_nobody_else_finds_the_latest_submission_of_an_agent(arena: Arena) -> None:
    owner, agent = an_actor(), an_actor()
    task = await arena.open_task(owner)
    await arena.submitted(agent, task)
    path = f"/internal/tasks/{task.id}/agents/{agent.agent_id}/latest"
    for stranger in (agent, an_actor()):
        assert code_of(await arena.get(stranger, path)) == (404, "NOT_FOUND")
    nobody = f"/internal/tasks/{task.id}/agents/{uuid4()}/latest"
    assert code_of(await arena.get(owner, nobody)) == (404, "NOT_FOUND")
