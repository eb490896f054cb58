"""A whole task judged again: by its owner, after the judge has changed, in batches, with the differences."""

import asyncio
from typing import Any

import pytest

from joust_contracts.events import (
    EvaluationCompleted,
    SubmissionReEvalRequested,
    TaskClosed,
    TaskDeadlinePassed,
)
from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.events.submissions import SubmissionSnapshot
from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.identity import Actor
from joust_kit.testing.component import an_actor
from joust_submission.rejudges import commands
from joust_submission.rejudges.rules import delta_of
from services.submission.tests.conftest import Arena


def version(prompt: str) -> JudgeVersion:
    return JudgeVersion(mode=EvalMode.LLM, judge="m", rubric_hash="r", model="m", prompt_version=prompt)


OLD, NEW = version("1"), version("2")


class Owner:
    """The owner of a task with scored submissions."""

    def __init__(self, arena: Arena, actor: Actor, task: TaskSnapshot) -> None:
        self.arena, self.actor, self.task = arena, actor, task

    @property
    def path(self) -> str:
        return f"/internal/tasks/{self.task.id}/rejudges"

    async def ask(self, actor: Actor | None = None, wanted: JudgeVersion = NEW, **more: str) -> Any:
        headers = self.arena.service.as_actor(actor or self.actor, **more)
        body = {"judge_version": wanted.model_dump(mode="json")}
        return await self.arena.service.http.post(self.path, json=body, headers=headers)

    async def go_through(self, batch: int = 50) -> None:
        """What the job does, in batches."""
        state = await self.newest_id()
        settings = self.arena.service.runtime.resources.settings
        more = True
        while more:
            async with self.arena.service.database.transaction() as unit:
                more = await commands.rejudge_next(unit, state, settings, batch)

    async def newest_id(self) -> Any:
        from joust_submission.rejudges.repository import find_newest

        async with self.arena.service.database.reading() as session:
            newest = await find_newest(session, self.task.id)
        assert newest is not None
        return newest.id

    async def read(self, **params: Any) -> dict[str, Any]:
        query = "&".join(f"{name}={value}" for name, value in params.items())
        answer = await self.arena.get(self.actor, f"{self.path}/newest?{query}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def scored(self, *scores: float, by: JudgeVersion | None = OLD) -> list[SubmissionSnapshot]:
        submissions = []
        for score in scores:
            submission = await self.arena.submitted(an_actor("agent"), self.task)
            await self.score(submission, 1, score, by)
            submissions.append(submission)
        return submissions

    async def score(
        self, submission: SubmissionSnapshot, iteration: int, score: float, by: JudgeVersion | None
    ) -> None:
        event = self.arena.completed(submission, iteration=iteration, score=score)
        judgement = event.judgement.model_copy(update={"judge_version": by})
        await self.arena.service.deliver(EvaluationCompleted(**{**dict(event), "judgement": judgement}))


@pytest.fixture
async def owner(arena: Arena) -> Owner:
    actor = an_actor("owner")
    return Owner(arena, actor, await arena.open_task(actor))


async def test_every_score_of_another_judge_is_asked_for_again_and_the_differences_are_listed(
    owner: Owner,
) -> None:
    first, second = await owner.scored(40, 80)
    (same,) = await owner.scored(60, by=NEW)
    answer = await owner.ask()
    assert answer.status_code == 202, answer.text
    assert (answer.json()["is_running"], answer.json()["begun"]) == (True, 0)
    await owner.go_through()
    again = await owner.arena.service.emitted(SubmissionReEvalRequested)
    asked = {told.submission.id: told.submission.iteration for told in again}
    assert (asked.get(first.id), asked.get(second.id), asked.get(same.id)) == (2, 2, None)

    await owner.score(first, 2, 55.5, NEW)
    running = await owner.read()
    assert (running["is_running"], running["begun"], running["judged"]) == (True, 2, 1)
    await owner.arena.service.deliver(owner.arena.failed(second, iteration=2))
    done = await owner.read()
    assert (done["is_running"], done["judged"], done["failed"]) == (False, 1, 1)
    by_id = {row["submission_id"]: row for row in done["differences"]["data"]}
    changed, failed = by_id[str(first.id)], by_id[str(second.id)]
    assert (changed["before"], changed["after"], changed["delta"]) == (40, 55.5, 15.5)
    assert changed["judge_version_before"] == OLD.model_dump(mode="json")
    assert changed["judge_version_after"] == NEW.model_dump(mode="json")
    assert (failed["before"], failed["after"], failed["delta"]) == (80, None, None)
    assert failed["failure"] == "the judge did not answer"


async def test_it_uses_no_quota_and_knows_no_cooldown(owner: Owner) -> None:
    agent = an_actor("agent")
    submission = await owner.arena.submitted(agent, owner.task)
    await owner.score(submission, 1, 50, OLD)
    assert (await owner.arena.request_re_eval(agent, submission.id)).status_code == 200
    await owner.score(submission, 2, 50, OLD)
    used = await owner.arena.used(agent, owner.task.id)
    assert (await owner.ask()).status_code == 202
    await owner.go_through()
    assert (await owner.arena.row(submission.id))["iteration"] == 3
    assert await owner.arena.used(agent, owner.task.id) == used


async def test_a_task_is_gone_through_in_batches_and_listed_in_pages(owner: Owner) -> None:
    submissions = await owner.scored(*range(10, 15), by=None)
    await owner.ask()
    await owner.go_through(batch=2)
    seen: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await owner.read(limit=2, **cursor))["differences"]
        seen += [row["submission_id"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == sorted(str(submission.id) for submission in submissions)


async def test_of_many_requests_at_once_one_is_taken(owner: Owner) -> None:
    await owner.scored(40)
    answers = await asyncio.gather(*(owner.ask() for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 7


async def test_a_request_that_comes_again_with_its_key_begins_one_and_gets_its_answer(owner: Owner) -> None:
    await owner.scored(40)
    key = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(*(owner.ask(**key) for _ in range(20)))
    again = await owner.ask(**key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (202, "true")
    assert {answer.text for answer in answers if answer.status_code == 202} == {again.text}
    refused = [answer.json()["error"]["code"] for answer in answers if answer.status_code != 202]
    assert set(refused) <= {"IDEMPOTENCY_KEY_IN_USE"}
    other = await owner.ask(wanted=version("3"), **key)
    assert (other.status_code, other.json()["error"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_while_one_runs_no_other_begins(owner: Owner) -> None:
    (submission,) = await owner.scored(40)
    await owner.ask()
    assert (await owner.ask(wanted=version("3"))).status_code == 409
    await owner.go_through()
    assert (await owner.ask(wanted=version("3"))).status_code == 409
    await owner.score(submission, 2, 50, NEW)
    assert (await owner.ask(wanted=version("3"))).status_code == 202
    assert (await owner.read())["number"] == 2


async def test_the_same_judge_does_not_roll_again(owner: Owner) -> None:
    await owner.scored(40, by=NEW)
    answer = await owner.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert "by the judge as it is now" in answer.json()["error"]["message"]


async def test_only_the_owner_may_ask_and_read(owner: Owner) -> None:
    await owner.scored(40)
    stranger = an_actor("stranger")
    assert (await owner.ask(stranger)).status_code == 403
    assert (await owner.arena.get(stranger, f"{owner.path}/newest")).status_code == 403


async def test_after_the_deadline_it_is_possible_and_after_the_end_it_is_not(owner: Owner) -> None:
    await owner.scored(40)
    evaluating = owner.task.model_copy(update={"version": 3, "status": TaskStatus.EVALUATING})
    await owner.arena.service.deliver(TaskDeadlinePassed(task=evaluating))
    assert (await owner.ask()).status_code == 202
    closed = owner.task.model_copy(update={"version": 4, "status": TaskStatus.CLOSED})
    await owner.arena.service.deliver(TaskClosed(task=closed))
    answer = await owner.ask()
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "TASK_NOT_OPEN")


async def test_what_was_never_judged_again_says_so(owner: Owner) -> None:
    read = await owner.read()
    assert (read["number"], read["is_running"], read["differences"]["data"]) == (0, False, [])


@pytest.mark.parametrize(("before", "after", "delta"), [(1, 2.5, 1.5), (None, 3, None), (3, None, None)])
def test_a_difference_needs_both_scores(before: Any, after: Any, delta: Any) -> None:
    assert delta_of(before, after) == delta
