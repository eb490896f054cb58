"""A judge is tried on two samples: ready if it tells them apart, and a failure of ours says nothing about it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from joust_contracts.events.tasks import SampleRef, TaskPublished, TaskSnapshot, TaskUpdated
from joust_contracts.services import ServiceName
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.readiness.jobs import CheckReadiness, check_readiness
from joust_evaluation.readiness.models import Readiness
from joust_evaluation.readiness.trying import NotTried
from joust_kit.identity import Actor
from joust_kit.jobs import JobContext
from joust_kit.testing.component import an_actor

WORK = {"SUBMISSION.md": "# SUBMISSION.md", "main.py": "print(1)"}


class Draft:
    """A draft with samples, whose owner asks."""

    def __init__(self, bench: Any, task: TaskSnapshot, owner: Actor) -> None:
        self.bench = bench
        self.task = task
        self.owner = owner

    @classmethod
    async def on(cls, bench: Any, *kinds: str, **changes: Any) -> "Draft":
        """A draft that has these samples, both unless told."""
        owner = an_actor()
        samples = {f"{kind}_sample": await sample(bench, kind) for kind in kinds or ("reference", "cheat")}
        task = await bench.known_task(
            status=TaskStatus.DRAFT, owner_id=owner.account_id, **samples, **changes
        )
        return cls(bench, task, owner)

    async def ask(self, method: str, actor: Actor | None = None, **headers: str) -> httpx2.Response:
        """A request about the readiness."""
        headers |= self.bench.tested.as_actor(actor or self.owner)
        answer: httpx2.Response = await self.bench.tested.http.request(
            method, f"/internal/tasks/{self.task.id}/readiness", headers=headers
        )
        return answer

    async def begin(self) -> dict[str, Any]:
        """Ask for a check."""
        answer = await self.ask("POST")
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    async def read(self) -> dict[str, Any]:
        """The newest check."""
        answer = await self.ask("GET")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def check(self) -> Readiness:
        """Its row."""
        async with self.bench.tested.database.reading() as session:
            wanted = select(Readiness).where(Readiness.task_id == self.task.id)
            return (await session.scalars(wanted)).one()

    async def run(self, *script: Exception | float, is_last: bool = False, **parts: Any) -> dict[str, Any]:
        """Run the check's job once with a judge that says this, and read what came of it."""
        await self.run_check((await self.check()).check_id, *script, is_last=is_last, **parts)
        return await self.read()

    async def run_check(
        self, check_id: UUID, *script: Exception | float, is_last: bool = False, **parts: Any
    ) -> None:
        """The same for a check that may not be the newest."""
        if script:
            parts["judge"] = self.bench.ScriptedJudge(*script)
        context = JobContext(
            database=self.bench.tested.database,
            resources=replace(self.bench.resources, **parts),
            correlation_id="cause-1",
            attempt=1,
            is_last_attempt=is_last,
        )
        await check_readiness.run(CheckReadiness(task_id=self.task.id, check_id=check_id), context)

    async def change(self, **changes: Any) -> None:
        """The service hears of a changed draft."""
        self.task = self.task.model_copy(update={"version": self.task.version + 1, **changes})
        kind = TaskPublished if self.task.status is TaskStatus.OPEN else TaskUpdated
        await self.bench.tested.deliver(kind(task=self.task))


async def sample(bench: Any, word: str) -> SampleRef:
    artifact = await bench.store(bench.zipped({**WORK, "which.txt": word}))
    return SampleRef(**artifact.model_dump())


@pytest.fixture
async def scripted(open_service: Any, bench: Any) -> Any:
    """A service whose own judge has the scripted judge's identity, so that its checks are not stale."""
    if not hasattr(bench, "scripted_twin"):
        twin = type(bench)(await open_service(ServiceName.EVALUATION))
        tested = twin.tested
        opened = replace(tested.runtime.resources, judge=bench.ScriptedJudge(50.0))
        tested.runtime.resources = tested.app.state.resources = opened
        bench.scripted_twin = twin
    return bench.scripted_twin


async def test_a_judge_that_tells_the_samples_apart_is_ready(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    begun = await draft.begin()
    assert (begun["status"], begun["is_stale"], begun["margin"]) == ("pending", False, 10)
    done = await draft.run(80.0, 20.0)
    assert (done["status"], done["reference_score"], done["cheat_score"]) == ("ready", 80, 20)
    assert (done["reason"], done["is_stale"], done["task_version"]) == (None, False, 1)
    assert done["finished_at"] is not None


@pytest.mark.parametrize(
    ("reference", "cheat", "status"),
    [(60.0, 50.0, "ready"), (59.99, 50.0, "not_ready"), (50.0, 50.0, "not_ready"), (20.0, 80.0, "not_ready")],
)
async def test_it_is_ready_by_the_margin_or_not_at_all(
    scripted: Any, reference: float, cheat: float, status: str
) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    done = await draft.run(reference, cheat)
    assert (done["status"], done["reference_score"], done["cheat_score"]) == (status, reference, cheat)
    if status == "not_ready":
        assert f"{reference:g}" in done["reason"]
        assert f"{cheat:g}" in done["reason"]


async def test_the_offline_judge_is_tried_as_it_judges_submissions(bench: Any) -> None:
    draft = await Draft.on(bench)
    await draft.begin()
    done = await draft.run()
    assert done["status"] == "not_ready"
    assert done["reference_score"] == pytest.approx(done["cheat_score"], abs=5)
    evaluation = await bench.run(await bench.hand_in(draft.task, {**WORK, "which.txt": "reference"}))
    assert evaluation.judgement["final_score"] == done["reference_score"]


async def test_a_judge_that_is_away_is_asked_again_and_says_nothing_about_readiness(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    with pytest.raises(NotTried):
        await draft.run(80.0, JudgeUnavailable("The model does not answer."))
    assert (await draft.read())["status"] == "running"
    failed = await draft.run(80.0, JudgeUnavailable("The model does not answer."), is_last=True)
    assert (failed["status"], failed["reason"]) == ("failed", "The model does not answer.")
    assert (failed["reference_score"], failed["cheat_score"]) == (None, None)
    assert (await draft.begin())["status"] == "pending"
    assert (await draft.run(80.0, 20.0))["status"] == "ready"


async def test_a_sample_that_storage_has_lost_is_no_fault_of_the_judge(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await scripted.resources.storage.delete(draft.task.cheat_sample.key)
    await draft.begin()
    assert (await draft.run(80.0, 20.0))["status"] == "failed"


async def test_a_deployment_without_an_engine_can_not_try_an_image(bench: Any) -> None:
    draft = await Draft.on(bench, eval_mode=EvalMode.CONTAINER, eval_image="ghcr.io/acme/judge:1")
    await draft.begin()
    failed = await draft.run()
    assert failed["status"] == "failed"
    assert "no container engine" in failed["reason"]


async def test_another_request_while_a_check_goes_on_gets_that_one(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    first, *others = await asyncio.gather(*(draft.begin() for _ in range(5)))
    assert {other["requested_at"] for other in others} == {first["requested_at"]}
    table = scripted.tested.database.tables.jobs
    async with scripted.tested.database.reading() as session:
        waiting = await session.scalars(select(table.c.payload).where(table.c.queue == "check_readiness"))
        jobs = [CheckReadiness.model_validate_json(bytes(each)) for each in waiting]
    assert [each.check_id for each in jobs if each.task_id == draft.task.id] == [
        (await draft.check()).check_id
    ]


async def test_a_check_that_was_lost_can_be_asked_for_again(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    lost = (await draft.check()).check_id
    with scripted.tested.clock.ahead(timedelta(hours=4)):
        await draft.begin()
    assert (await draft.check()).check_id != lost


@pytest.mark.parametrize("what", ["rubric", "image", "suite", "sample", "text"])
async def test_what_is_judged_makes_a_check_stale_when_it_changes(scripted: Any, what: str) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    await draft.run(80.0, 20.0)
    (criterion, other) = draft.task.criteria
    suite = {"key": "k", "sha256": "s", "size_bytes": 1, "cases_count": 1}
    await draft.change(
        **{
            "rubric": {"criteria": (criterion.model_copy(update={"weight": 60}), other)},
            "image": {"eval_image": "ghcr.io/acme/judge:2"},
            "suite": {
                "test_suite": type(draft.task).model_fields["test_suite"].annotation.__args__[0](**suite)
            },
            "sample": {"cheat_sample": await sample(scripted, "another")},
            "text": {"output_spec": "Another one."},
        }[what]
    )
    stale = await draft.read()
    assert (stale["status"], stale["is_stale"], stale["task_version"]) == ("ready", True, 2)


async def test_what_is_not_judged_leaves_a_check_as_it_is(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    await draft.run(80.0, 20.0)
    await draft.change(budget_cents=70_000, deadline=draft.task.deadline + timedelta(days=1))
    await draft.change(status=TaskStatus.OPEN, eval_image_digest="sha256:1")
    assert (await draft.read())["is_stale"] is False


async def test_a_draft_that_changed_before_its_turn_is_to_be_checked_anew(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    await draft.change(description="Something else.")
    failed = await draft.run(80.0, 20.0)
    assert (failed["status"], failed["is_stale"]) == ("failed", True)
    assert "Ask again" in failed["reason"]


async def test_the_late_result_of_an_older_check_is_not_taken_for_the_newer_one_s(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    older = (await draft.check()).check_id
    await draft.change(description="Something else.")
    await draft.begin()
    await draft.run_check(older, 80.0, 20.0)
    assert (await draft.read())["status"] == "pending"
    assert (await draft.run(20.0, 80.0))["status"] == "not_ready"


async def test_the_first_of_two_results_of_a_check_stands(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    first = await draft.run(80.0, 20.0)
    assert await draft.run(20.0, 80.0) == first


async def test_samples_that_bring_their_workers_down_end_as_failed(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    for _ in range(10):
        with pytest.raises(NotTried):
            await draft.run(JudgeUnavailable("died"))
    failed = await draft.run(80.0, 20.0)
    assert failed["status"] == "failed"
    assert "never came to an end" in failed["reason"]


async def test_nothing_of_a_check_is_told_or_evaluated(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    before = len(await scripted.tested.all_emitted())
    await draft.begin()
    await draft.run(80.0, 20.0)
    assert len(await scripted.tested.all_emitted()) == before
    storage = scripted.resources.storage
    assert [each async for each in storage.list_objects(f"evaluations/{draft.task.id}/")] == []


@pytest.mark.parametrize(
    ("kinds", "changes", "code"),
    [
        (("reference",), {}, "SAMPLES_MISSING"),
        ((), {"status": TaskStatus.OPEN}, "CONFLICT"),
        ((), {"eval_mode": EvalMode.EXTERNAL}, "WRONG_EVAL_MODE"),
    ],
)
async def test_what_can_not_be_tried_is_refused(
    scripted: Any, kinds: tuple[str, ...], changes: dict[str, Any], code: str
) -> None:
    draft = await Draft.on(scripted, *kinds)
    await draft.change(**changes)
    refused = await draft.ask("POST")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, code)
    assert (await draft.ask("GET")).status_code == 404


async def test_nobody_else_learns_of_a_check(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    await draft.begin()
    for method in ("GET", "POST"):
        assert (await draft.ask(method, an_actor())).status_code == 404
    await draft.change(status=TaskStatus.OPEN)
    for method in ("GET", "POST"):
        assert (await draft.ask(method, an_actor())).status_code == 403


async def test_a_repeated_request_gets_its_first_answer(scripted: Any) -> None:
    draft = await Draft.on(scripted)
    once = {"Idempotency-Key": "check-once"}
    first = await draft.ask("POST", **once)
    await draft.run(80.0, 20.0)
    assert (await draft.ask("POST", **once)).json() == first.json()
    assert (await draft.read())["status"] == "ready"
