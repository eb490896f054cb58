"""Modes container and hybrid on a real engine: results, what dies in the middle, and what is removed."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest

from joust_contracts.vocabulary import EvalMode
from joust_evaluation.containers import logs
from joust_evaluation.containers.errors import ImageNotFound, NoLog, NoSuchThing, RegistryNotAllowed
from joust_evaluation.containers.images import pin
from joust_evaluation.containers.leftovers import LeftoverSweep
from joust_evaluation.containers.rules import LABEL, is_pinned
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.judges.base import JudgeIdentity, JudgeRequest, JudgeUnavailable, Verdict
from tests.support.containers import build_image

SLEEPS = {"poster.py": "import time; time.sleep(600)"}
SLOW = "import time; time.sleep(3); exec(open('/judge/judge.py').read())"
THROWS_DICE = (
    "import json, secrets; thrown = secrets.token_hex(); print(thrown)\n"
    "json.dump({'score': 100, 'breakdown': {'thrown': thrown}}, open('/output/score.json', 'w'))\n"
)


class Silent:
    """A judge that never answers."""

    identity = JudgeIdentity("silent")

    async def judge(self, request: JudgeRequest) -> Verdict:
        await asyncio.Event().wait()
        raise AssertionError(request)


class TestResult:
    """A container that ends well."""

    async def test_the_score_the_breakdown_and_the_message_are_the_posters(self, judged: Any) -> None:
        evaluation = await judged.judge({"answer.txt": "42"})
        told = evaluation.judgement
        assert (told["final_score"], told["container_score"], told["llm_score"]) == (100, 100, None)
        assert told["breakdown"] == {"answer": "42"}
        assert told["reasoning"] == "Compared with 42."
        assert told["judge"] == f"container {judged.pin}"

    async def test_a_submitted_program_runs_beside_the_judge(self, judged: Any) -> None:
        evaluation = await judged.judge({"answer.txt": "", "main.py": "import os; print(6 * 7, os.getuid())"})
        assert evaluation.judgement["final_score"] == 100
        assert "42 65534" in evaluation.judgement["breakdown"]["answer"]

    async def test_what_was_handed_in_is_there_as_it_was_and_cant_be_changed(self, judged: Any) -> None:
        looks = (
            "import os, json\n"
            "found = {os.path.join(at, name): open(os.path.join(at, name), 'rb').read().hex()[:8]\n"
            "         for at, _, names in os.walk('/submission') for name in names}\n"
            "for act in (lambda: open('/submission/new', 'w'), lambda: os.unlink('/submission/deep/er/b.bin')):\n"
            "    try: act()\n"
            "    except OSError: pass\n"
            "    else: raise SystemExit(1)\n"
            "json.dump({'score': 33.335, 'breakdown': found}, open('/output/score.json', 'w'))\n"
        )
        files = {"poster.py": looks, "deep/er/b.bin": bytes(range(256)), "ünï.txt": "é", "empty": b""}
        evaluation = await judged.judge(files)
        assert evaluation.failure_reason is None
        assert evaluation.judgement["final_score"] == 33.34
        found = evaluation.judgement["breakdown"]
        assert found["/submission/deep/er/b.bin"] == "00010203"
        assert set(found) == {f"/submission/{name}" for name in files}

    async def test_an_image_that_runs_as_a_named_user_may_write_its_score(
        self, judged: Any, named_user_image: str
    ) -> None:
        policy = judged.bench.resources.containers.policy
        by_content = await pin(judged.engine, named_user_image, policy)
        evaluation = await judged.judge(
            {"answer.txt": "42"}, eval_image=named_user_image, eval_image_digest=by_content
        )
        assert evaluation.failure_reason is None
        assert evaluation.judgement["final_score"] == 100

    async def test_its_output_is_kept(self, judged: Any) -> None:
        evaluation = await judged.judge(
            {"poster.py": "import sys; print('out ü'); print('err', file=sys.stderr); raise SystemExit(2)"}
        )
        kept = await logs.read(judged.bench.resources.storage, evaluation.id)
        assert (kept.stdout, kept.stderr, kept.exit_code) == ("out ü\n", "err\n", 2)
        assert kept.problem == evaluation.failure_reason
        assert kept.image == judged.pin


class TestImagesThatCantStart:
    """The reason names what is wrong with the image, and blames no engine."""

    async def test_an_image_without_a_command_fails_at_once(self, judged: Any) -> None:
        await build_image("joust-test-judge:idle", {"Dockerfile": "FROM python:3.13-slim\nCMD []\n"})
        by_content = await pin(
            judged.engine, "joust-test-judge:idle", judged.bench.resources.containers.policy
        )
        reason = await judged.failure_of("", eval_image_digest=by_content)
        assert "could not be started: no command specified" in reason.lower()

    async def test_an_image_whose_user_it_does_not_have_is_named_after_the_last_attempt(
        self, judged: Any
    ) -> None:
        await build_image("joust-test-judge:nobody", {"Dockerfile": f"FROM {judged.image}\nUSER ghost\n"})
        by_content = await pin(
            judged.engine, "joust-test-judge:nobody", judged.bench.resources.containers.policy
        )
        evaluation = await judged.hand_in({"answer.txt": "42"}, eval_image_digest=by_content)
        done = await judged.run(evaluation, attempt=judged.bench.MAX_ATTEMPTS)
        assert "could not be started: unable to find user ghost" in done.failure_reason
        assert await judged.leftovers(evaluation.id) == []


class TestHybrid:
    """Both judges, weighted by the task."""

    async def test_the_score_is_weighted_and_both_parts_are_shown(self, judged: Any) -> None:
        task = await judged.task(eval_mode=EvalMode.HYBRID, test_weight=75, llm_weight=25)
        judge = judged.bench.ScriptedJudge(60.0)
        evaluation = await judged.run(await judged.bench.hand_in(task, {"answer.txt": "42"}), judge=judge)
        told = evaluation.judgement
        assert (told["final_score"], told["container_score"], told["llm_score"]) == (90, 100, 60)
        assert told["breakdown"] == {
            "container": {"score": 100, "weight": 75, "breakdown": {"answer": "42"}},
            "llm": {"score": 60, "weight": 25},
        }
        assert [each["score"] for each in told["dimensions"]] == [60, 60]
        assert told["judge"] == f"container {judged.pin} + scripted"

    @pytest.mark.parametrize("away", ["unavailable", "silent"])
    async def test_a_model_that_is_away_costs_the_image_no_second_run(self, judged: Any, away: str) -> None:
        task = await judged.task(eval_mode=EvalMode.HYBRID, test_weight=75, llm_weight=25)
        evaluation = await judged.bench.hand_in(task, {"poster.py": THROWS_DICE})
        if away == "unavailable":
            parts: dict[str, Any] = {"judge": judged.bench.ScriptedJudge(JudgeUnavailable("Away."))}
        else:
            parts = {"judge": Silent(), "judgement_seconds": 0.5}
        assert (await judged.run(evaluation, **parts)).status is EvaluationStatus.RUNNING
        first = await logs.read(judged.bench.resources.storage, evaluation.id)
        done = await judged.run(evaluation, attempt=2, judge=judged.bench.ScriptedJudge(60.0))
        assert done.judgement["final_score"] == 90
        thrown = done.judgement["breakdown"]["container"]["breakdown"]["thrown"]
        assert first.stdout == f"{thrown}\n"
        assert await logs.read(judged.bench.resources.storage, evaluation.id) == first

    async def test_a_container_that_fails_leaves_no_score_at_all(self, judged: Any) -> None:
        assert "exit code 1" in await judged.failure_of("raise SystemExit(1)", eval_mode=EvalMode.HYBRID)


class TestDying:
    """What goes away in the middle."""

    async def test_the_next_attempt_removes_what_a_dead_worker_left(self, judged: Any) -> None:
        evaluation = await judged.hand_in({"answer.txt": "42"})
        # What a worker that was killed leaves: a container that runs, and its volume.
        volume = f"joust-left-{evaluation.id}"
        await judged.engine.create_volume(volume, {LABEL: str(evaluation.id)}, {})
        left = await judged.engine.create(
            {
                "Image": judged.pin,
                "Cmd": ["sleep", "600"],
                "Labels": {LABEL: str(evaluation.id)},
                "HostConfig": {"NetworkMode": "none", "Binds": [f"{volume}:/left"]},
            }
        )
        await judged.engine.start(left)
        done = await judged.run(evaluation)
        assert done.judgement["final_score"] == 100
        assert await judged.leftovers(evaluation.id) == []

    async def test_a_worker_that_loses_its_lease_takes_its_container_with_it(self, judged: Any) -> None:
        evaluation = await judged.hand_in(SLEEPS, eval_timeout_seconds=600)
        running = asyncio.create_task(judged.run(evaluation))
        await until(lambda: judged.leftovers(evaluation.id))
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert await judged.leftovers(evaluation.id) == []
        assert (await judged.bench.read(evaluation)).status is EvaluationStatus.RUNNING

    async def test_a_container_that_is_removed_under_way_is_no_score(self, judged: Any) -> None:
        evaluation = await judged.hand_in(SLEEPS, eval_timeout_seconds=600)
        running = asyncio.create_task(judged.run(evaluation, attempt=judged.bench.MAX_ATTEMPTS))
        for container in await until(lambda: judged.that_run(evaluation.id), count=2):
            await judged.engine.remove_container(container)
        done = await running
        # By how far the removal had got when it was looked at.
        assert re.search("was removed under way|engine ended the task's", done.failure_reason)
        assert done.platform_fault
        assert await judged.leftovers(evaluation.id) == []

    async def test_an_engine_that_goes_away_under_way_is_asked_again_and_the_work_scores_once(
        self, judged: Any, relayed: Any
    ) -> None:
        containers, relay = relayed
        evaluation = await judged.hand_in({"poster.py": SLOW, "answer.txt": "42"})
        running = asyncio.create_task(judged.run(evaluation, containers=containers))
        await until(lambda: judged.that_run(evaluation.id), count=2)
        relay.cut()
        assert (await running).status is EvaluationStatus.RUNNING
        assert await judged.leftovers(evaluation.id) != []
        relay.mend()
        done = await judged.run(evaluation, attempt=2, containers=containers)
        assert (done.status, done.attempt) == (EvaluationStatus.COMPLETED, 2)
        assert await judged.leftovers(evaluation.id) == []

    async def test_an_engine_that_stays_away_is_named(self, judged: Any, away: Any) -> None:
        evaluation = await judged.hand_in({"answer.txt": "42"})
        done = await judged.run(evaluation, containers=away, attempt=judged.bench.MAX_ATTEMPTS)
        assert "container engine of the judge does not answer" in done.failure_reason
        assert done.platform_fault

    async def test_the_sweep_removes_what_belongs_to_ended_evaluations_alone(self, judged: Any) -> None:
        done = await judged.judge({"answer.txt": "42"})
        waits = await judged.hand_in({"answer.txt": "42"})
        for evaluation in (done, waits):
            await judged.engine.create_volume(f"joust-left-{evaluation.id}", {LABEL: str(evaluation.id)}, {})

        async def finished_among(ids: Any) -> Any:
            return {done.id} & set(ids)

        assert await LeftoverSweep(judged.engine, finished_among, 600).sweep() == 1
        assert await judged.leftovers(done.id) == []
        assert await judged.leftovers(waits.id) == [f"joust-left-{waits.id}"]
        await judged.engine.remove_volume(f"joust-left-{waits.id}")


class TestPinning:
    """Images by name become images by content."""

    async def test_a_local_image_is_pinned_by_its_id(self, judged: Any) -> None:
        assert judged.pin.startswith("sha256:")
        assert is_pinned(judged.pin)

    async def test_an_image_of_a_registry_that_is_not_named_is_refused_unasked(self, judged: Any) -> None:
        with pytest.raises(RegistryNotAllowed) as refused:
            await pin(judged.engine, "169.254.169.254/a/judge:1", judged.bench.resources.containers.policy)
        assert "ghcr.io" in str(refused.value.details["eval_image"])

    async def test_an_image_that_no_registry_has_is_refused(self, judged: Any, registry: str) -> None:
        policy = replace(judged.bench.resources.containers.policy, registries=frozenset({registry}))
        with pytest.raises(ImageNotFound):
            await pin(judged.engine, f"{registry}/nobody/judge:1", policy)

    async def test_an_image_of_a_registry_is_pinned_by_its_digest_without_bringing_it(
        self, judged: Any, registry: str
    ) -> None:
        policy = replace(judged.bench.resources.containers.policy, registries=frozenset({registry}))
        found = await pin(judged.engine, f"{registry}/acme/judge:1", policy)
        assert found.startswith(f"{registry}/acme/judge@sha256:")
        assert is_pinned(found)
        with pytest.raises(NoSuchThing):
            await judged.engine.image(found)

    async def test_without_a_log_there_is_none(self, judged: Any) -> None:
        evaluation = await judged.hand_in({"answer.txt": "42"})
        with pytest.raises(NoLog):
            await logs.read(judged.bench.resources.storage, evaluation.id)


async def until(ask: Any, *, count: int = 1) -> Any:
    """What ``ask`` answers once it has at least ``count`` entries."""
    async with asyncio.timeout(60):
        while len(found := await ask()) < count:
            await asyncio.sleep(0.05)
    return found
