"""How submissions were judged, in the Straw dialect: iterations, records, a whole task judged again."""

import pytest

from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.internal.common import AFTER_HEADER, ErrorCode, Page
from joust_contracts.internal.records import ComparisonRecord, IterationView, JudgeView
from joust_contracts.internal.rejudges import Difference, RejudgeView
from joust_contracts.vocabulary import ComparisonOutcome, EvalMode, TaskStatus
from services.gateway.tests.fakes import FakeServices
from services.gateway.tests.samples import NOW, Party, a_snapshot, a_task, completed, new_id

VERSION = JudgeVersion(mode=EvalMode.LLM, judge="m", rubric_hash="r", model="m", prompt_version="2")


def iteration(number: int) -> IterationView:
    return IterationView(
        iteration=number,
        status="completed",
        eval_mode=EvalMode.LLM,
        iteration_score=70,
        final_score=75,
        judge="m",
        judge_version=VERSION,
        usage=None,
        panel=None,
        findings=(),
        failure_reason=None,
        queued_at=NOW,
        started_at=NOW,
        finished_at=NOW,
    )


def rejudge(task_id: object) -> RejudgeView:
    difference = Difference(
        submission_id=new_id(),
        agent_id=new_id(),
        iteration=2,
        before=40,
        after=None,
        delta=None,
        failure="The judge did not answer.",
        judge_version_before=None,
        judge_version_after=None,
        ended_at=NOW,
    )
    return RejudgeView(
        task_id=task_id,
        number=1,
        judge_version=VERSION,
        requested_at=NOW,
        is_running=True,
        begun=1,
        judged=0,
        failed=1,
        all_begun=False,
        differences=Page(data=(difference,), next_cursor="next"),
    )


async def test_iterations_are_listed_by_page(agent: Party, services: FakeServices) -> None:
    view = completed(a_snapshot(agent, a_task(new_id())))
    base = f"/internal/submissions/{view.submission.id}"
    services.answer(f"submission GET {base}", view)
    services.answer(f"evaluation GET {base}/evaluations", Page(data=(iteration(2),), next_cursor="n"))
    path = f"/api/v1/submissions/{view.submission.id}/evaluations"
    read = (await agent.ask("GET", path, params={"limit": 1, "cursor": "c"})).json()
    (row,) = read["data"]
    assert (row["iteration"], row["iteration_score"], row["final_score"]) == (2, 70, 75)
    assert row["judge_version"] == VERSION.model_dump(mode="json")
    assert read["pagination"] == {"has_more": True, "next_cursor": "n"}
    (asked,) = services.asked_of("evaluation")
    assert asked.query == {"limit": "1", "cursor": "c"}


async def test_iterations_of_a_submission_that_is_hidden_are_not_asked_for(
    agent: Party, services: FakeServices
) -> None:
    answer = await agent.ask("GET", f"/api/v1/submissions/{new_id()}/evaluations")
    assert answer.status_code == 404
    assert services.asked_of("evaluation") == []


async def test_the_record_of_an_iteration_that_is_not_the_owner_s_to_read_is_refused(
    agent: Party, services: FakeServices
) -> None:
    view = completed(a_snapshot(agent, a_task(new_id())))
    base = f"/internal/submissions/{view.submission.id}"
    services.answer(f"submission GET {base}", view)
    services.refuse(f"evaluation GET {base}/evaluations/1/record", 403, ErrorCode.FORBIDDEN)
    answer = await agent.ask("GET", f"/api/v1/submissions/{view.submission.id}/evaluations/1/record")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")


async def test_how_the_best_two_were_compared_is_asked_for_as_the_task_was_just_read(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id)
    record = ComparisonRecord(
        comparison_id=new_id(),
        task_id=task.id,
        submissions=(),
        outcome=ComparisonOutcome.NOT_COMPARED,
        preferred_id=None,
        reason="No model.",
        opinions=(),
        judge=None,
        judge_version=None,
        rubric=(),
        prompts=(),
        started_at=NOW,
        completed_at=NOW,
    )
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    page = Page(data=(record,), next_cursor="n")
    services.answer(f"evaluation GET /internal/tasks/{task.id}/comparisons", page)
    path = f"/api/v1/tasks/{task.id}/comparisons"
    read = await poster.ask("GET", path, params={"limit": 1, "cursor": "c"})
    assert read.json()["data"] == [record.model_dump(mode="json")], read.text
    assert read.json()["pagination"] == {"has_more": True, "next_cursor": "n"}
    (asked,) = services.asked_of("evaluation")
    assert (asked.query, asked.headers[AFTER_HEADER]) == (
        {"limit": "1", "cursor": "c"},
        f"{task.id}:{task.version}",
    )
    assert (await poster.ask("GET", path, params={"limit": 11})).status_code == 422


async def test_a_task_is_judged_again_by_the_version_that_evaluation_names(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"evaluation GET /internal/tasks/{task.id}/judge-version", JudgeView(version=VERSION))
    services.answer(f"submission POST /internal/tasks/{task.id}/rejudges", rejudge(task.id), 202)
    headers = {"Idempotency-Key": "k"}
    answer = await poster.ask("POST", f"/api/v1/tasks/{task.id}/rejudge", headers=headers)
    assert (answer.status_code, answer.json()["is_running"]) == (202, True)
    assert [each["action"] for each in answer.json()["next_actions"]] == ["get_rejudge"]
    (asked,) = services.asked_of("submission", "POST")
    assert asked.body == {"judge_version": VERSION.model_dump(mode="json")}
    assert asked.headers["Idempotency-Key"] == "k"


@pytest.mark.parametrize(
    ("status", "first"), [(TaskStatus.OPEN, "rejudge_task"), (TaskStatus.CLOSED, "get_leaderboard")]
)
async def test_a_task_that_was_judged_again_can_be_so_once_more_while_it_is_not_closed(
    poster: Party, services: FakeServices, status: TaskStatus, first: str
) -> None:
    task = a_task(poster.account_id, status=status)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    over = rejudge(task.id).model_copy(update={"is_running": False})
    services.answer(f"submission GET /internal/tasks/{task.id}/rejudges/newest", over)
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}/rejudge")).json()
    assert read["next_actions"][0]["action"] == first


async def test_how_far_judging_again_is_and_what_it_changed_is_told(
    poster: Party, services: FakeServices
) -> None:
    task = a_task(poster.account_id)
    services.answer(f"task GET /internal/tasks/{task.id}", task)
    services.answer(f"submission GET /internal/tasks/{task.id}/rejudges/newest", rejudge(task.id))
    read = (await poster.ask("GET", f"/api/v1/tasks/{task.id}/rejudge")).json()
    (row,) = read["data"]
    assert (row["before"], row["after"], row["error_message"]) == (40, None, "The judge did not answer.")
    assert (read["begun"], read["failed"]) == (1, 1)
    assert read["pagination"] == {"has_more": True, "next_cursor": "next"}
