"""Tasks with a test suite: submissions are run on its cases, and what comes of it."""

import codecs
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from joust_contracts.events.tasks import TestSuiteRef
from joust_contracts.internal.evaluations import CaseVerdict
from joust_evaluation.containers.engine import Engine
from joust_evaluation.containers.rules import SANDBOX_LABEL
from joust_evaluation.evaluations.jobs import evaluate_long
from joust_evaluation.evaluations.rules import EvaluationStatus
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.sandbox.base import Limits, NoSandbox, SandboxFailed
from joust_kit.identity import Actor
from joust_kit.ids import RandomIds
from joust_kit.testing.component import an_actor
from services.evaluation.tests.sandbox.back_ends import open_container_sandbox

ADDS = {"main.py": "print(sum(map(int, input().split())))"}
CASES = [
    {"name": "adds", "input": "1 2", "expected_output": "3", "match_type": "exact"},
    {"name": "adds more", "input": "1 2 3", "expected_output": "^6$", "match_type": "regex"},
    {"name": "has a six", "input": "60 1", "expected_output": "6", "match_type": "contains"},
    {"name": "can't be met", "input": "1 1", "expected_output": "3", "match_type": "exact"},
]


async def stored_suite(
    bench: Any, *cases: dict[str, Any], begins: bytes = b"", **changes: Any
) -> TestSuiteRef:
    content = begins + json.dumps({"test_cases": cases}).encode()
    key = f"test-suites/{RandomIds().new()}"

    async def body() -> AsyncIterator[bytes]:
        yield content

    await bench.resources.storage.put(key, body(), size_bytes=len(content), content_type="application/json")
    values = {
        "key": key,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "cases_count": len(cases),
    }
    return TestSuiteRef(**{**values, **changes})


async def judged(
    bench: Any,
    files: dict[str, str] | bytes,
    cases: list[dict[str, Any]] = CASES,
    *,
    judge: float = 90.0,
    parts: dict[str, Any] | None = None,
    suite: TestSuiteRef | None = None,
    **task: Any,
) -> Any:
    """The evaluation of ``files`` by the cases, and by a judge that always says the same."""
    ref = suite or await stored_suite(bench, *cases)
    known = await bench.known_task(**{"test_suite": ref, "test_weight": 60, "llm_weight": 40, **task})
    queued = await bench.hand_in(known, files)
    return await bench.run(queued, job=evaluate_long, judge=bench.ScriptedJudge(judge), **(parts or {}))


async def results(bench: Any, evaluation: Any, actor: Actor | None = None, **params: Any) -> Any:
    owner = actor or replace(an_actor(), account_id=evaluation.task_owner_id)
    return await bench.tested.http.get(
        f"/internal/submissions/{evaluation.submission_id}/test-results",
        headers=bench.tested.as_actor(owner),
        params=params,
    )


async def test_a_model_that_is_away_costs_the_work_no_second_run(bench: Any) -> None:
    ref = await stored_suite(bench, *CASES)
    task = await bench.known_task(test_suite=ref, test_weight=60, llm_weight=40)
    queued = await bench.hand_in(task, ADDS)
    away = bench.ScriptedJudge(JudgeUnavailable("Away."))
    assert (await bench.run(queued, job=evaluate_long, judge=away)).status is EvaluationStatus.RUNNING
    parts = {"judge": bench.ScriptedJudge(90.0), "sandbox": NoSandbox("there is none")}
    done = await bench.run(queued, job=evaluate_long, attempt=2, **parts)
    assert (done.judgement["test_score"], done.judgement["final_score"]) == (75, 81)


async def test_the_score_is_that_of_tests_and_judge_by_weight(bench: Any) -> None:
    done = await judged(bench, ADDS)
    judgement = done.judgement
    assert (judgement["test_score"], judgement["llm_score"], judgement["final_score"]) == (75, 90, 81)
    assert judgement["tests"] == {"cases_count": 4, "passed_count": 3, "not_run_count": 0, "reason": None}
    assert judgement["build"]["status"] == "built"


async def test_containers_as_the_sandbox_give_the_same_score_and_leave_nothing(
    bench: Any, engine: Engine
) -> None:
    async with open_container_sandbox() as sandbox:
        done = await judged(bench, ADDS, parts={"sandbox": sandbox})
    judgement = done.judgement
    assert (judgement["test_score"], judgement["llm_score"], judgement["final_score"]) == (75, 90, 81)
    assert judgement["build"]["status"] == "built"
    label = f"{SANDBOX_LABEL}={done.id}"
    assert [*await engine.containers_with(label), *await engine.volumes_with(label)] == []


async def test_the_owner_sees_each_case_and_nobody_else_does(bench: Any) -> None:
    done = await judged(bench, ADDS)
    answer = await results(bench, done)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["test_score"], told["iteration"], told["run"]) == (75, 1, ["python3", "main.py"])
    assert [(case["name"], case["verdict"]) for case in told["cases"]] == [
        ("adds", "passed"),
        ("adds more", "passed"),
        ("has a six", "passed"),
        ("can't be met", "different"),
    ]
    assert told["cases"][3]["stdout"] == "2\n"
    agent = replace(an_actor(), account_id=done.account_id)
    for actor in (agent, an_actor()):
        assert (await results(bench, done, actor)).status_code == 404
    assert (await results(bench, done, iteration=2)).status_code == 404


async def test_without_a_weight_tests_are_shown_and_do_not_count(bench: Any) -> None:
    done = await judged(bench, ADDS, test_weight=0, llm_weight=100)
    assert (done.judgement["test_score"], done.judgement["final_score"]) == (75, 90)


async def test_without_a_suite_the_judge_alone_counts_whatever_the_weights(bench: Any) -> None:
    known = await bench.known_task(test_weight=60, llm_weight=40)
    done = await bench.run(await bench.hand_in(known, ADDS), judge=bench.ScriptedJudge(90.0))
    assert (done.judgement["final_score"], done.judgement["test_score"], done.judgement["tests"]) == (
        90,
        None,
        None,
    )
    assert (await results(bench, done)).status_code == 404


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({"main.py": "import time\ntime.sleep(99)"}, CaseVerdict.TIME),
        ({"main.py": "print('3' * 10**7)"}, CaseVerdict.OUTPUT),
        ({"main.py": "x = []\nwhile True: x.append(bytearray(10**6))"}, CaseVerdict.MEMORY),
        ({"main.py": "raise SystemExit(3)"}, CaseVerdict.DIFFERENT),
        ({"joust.toml": 'run = "no-such-command"', "main.py": ""}, CaseVerdict.DIFFERENT),
    ],
)
async def test_each_case_names_what_ended_the_program(
    bench: Any, files: dict[str, str], verdict: CaseVerdict
) -> None:
    limits = Limits(seconds=1.5, memory_bytes=64 * 1024 * 1024, output_bytes=100_000)
    done = await judged(bench, files, CASES[:1], parts={"case_limits": limits})
    assert done.status is EvaluationStatus.COMPLETED
    assert (done.judgement["test_score"], done.judgement["final_score"]) == (0, 36)
    (case,) = (await results(bench, done)).json()["cases"]
    assert case["verdict"] == verdict


async def test_a_manifest_says_what_is_run_and_may_bring_arguments(bench: Any) -> None:
    files = {
        "joust.toml": 'run = "python3 tools/add.py --sum"',
        "main.py": "print('not me')",
        "tools/add.py": "import sys\nprint(sum(map(int, input().split())) if '--sum' in sys.argv else 0)",
    }
    done = await judged(bench, files)
    assert done.judgement["test_score"] == 75


async def test_a_submission_with_nothing_to_run_gets_no_points_for_tests_and_is_told_why(bench: Any) -> None:
    done = await judged(bench, {"SUBMISSION.md": "words"})
    assert (done.judgement["test_score"], done.judgement["final_score"]) == (0, 36)
    tests = done.judgement["tests"]
    assert tests["not_run_count"] == 4
    assert "joust.toml" in tests["reason"]


async def test_cases_see_nothing_of_each_other_nor_of_what_is_expected(bench: Any) -> None:
    nosy = (
        "import os\nprint(os.path.exists('/tmp/left'), os.listdir('/submission'), os.listdir('/tmp'))\n"
        "open('/tmp/left', 'w').write('x')"
    )
    cases = [{**CASES[0], "name": str(n), "expected_output": "False ['main.py'] []"} for n in range(2)]
    done = await judged(bench, {"main.py": nosy}, cases)
    assert done.judgement["test_score"] == 100


async def test_when_time_is_over_the_rest_is_not_run_and_that_is_said(bench: Any) -> None:
    cases = [{**CASES[0], "name": str(n)} for n in range(1000)]
    done = await judged(bench, ADDS, cases, eval_timeout_seconds=2)
    tests = done.judgement["tests"]
    assert 0 < tests["passed_count"] < 1000
    assert tests["passed_count"] + tests["not_run_count"] >= 999
    assert "2 seconds were over" in tests["reason"]
    assert (await results(bench, done)).json()["cases"][-1]["verdict"] == "not_run"


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size_bytes": 3}, {"key": "test-suites/none"}])
async def test_a_suite_that_is_not_the_one_that_was_uploaded_is_not_run(
    bench: Any, changes: dict[str, Any]
) -> None:
    suite = await stored_suite(bench, *CASES, **changes)
    done = await judged(bench, ADDS, suite=suite)
    assert (done.status, done.platform_fault) == (EvaluationStatus.FAILED, True)
    assert "test suite" in done.failure_reason


async def test_a_suite_that_begins_with_a_byte_order_mark_is_run(bench: Any) -> None:
    done = await judged(bench, ADDS, suite=await stored_suite(bench, *CASES, begins=codecs.BOM_UTF8))
    assert done.judgement["test_score"] == 75


async def test_a_suite_that_this_version_can_not_run_fails_with_its_reason(bench: Any) -> None:
    done = await judged(bench, ADDS, [{**CASES[0], "match_type": "regex", "expected_output": "(a)\\1"}])
    assert (done.status, done.platform_fault) == (EvaluationStatus.FAILED, True)
    assert "RE2" in done.failure_reason


async def test_without_a_sandbox_nothing_is_run_and_no_score_is_made_up(bench: Any) -> None:
    done = await judged(bench, ADDS, parts={"sandbox": NoSandbox("there is none")})
    assert (done.status, done.platform_fault) == (EvaluationStatus.FAILED, True)
    assert "there is none" in done.failure_reason


async def test_a_sandbox_that_fails_is_tried_again(bench: Any) -> None:
    class Failing:
        name = "failing"
        room = bench.resources.sandbox.room

        async def run(self, _program: Any) -> Any:
            raise SandboxFailed("The sandbox could not be set up.")

    first = await judged(bench, ADDS, parts={"sandbox": Failing()})
    assert first.status is EvaluationStatus.RUNNING
    done = await bench.run(first, job=evaluate_long, judge=bench.ScriptedJudge(90.0), attempt=2)
    assert done.judgement["final_score"] == 81


async def test_the_build_check_is_told_to_the_judge_and_never_stops_it(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = bench.ScriptedJudge(50.0)
    task = await bench.known_task()
    done = await bench.run(await bench.hand_in(task, {"main.py": "print("}), judge=judge)
    assert judge.requests[0].build.status == done.judgement["build"]["status"] == "failed"
    none = await bench.run(
        await bench.hand_in(task, {"main.py": "print("}), judge=judge, sandbox=NoSandbox("none here")
    )
    assert none.judgement["build"]["status"] == "not_tried"
    off = await bench.run(await bench.hand_in(task, {"main.py": ""}), judge=judge, checks_builds=False)
    assert off.judgement["build"] is None
    monkeypatch.setattr("joust_evaluation.programs.checking._MAX_UNPACKED_BYTES", 5)
    large = await bench.run(await bench.hand_in(task, {"main.py": "x = 1\n"}), judge=judge)
    assert large.judgement["build"]["status"] == "not_tried"


async def test_the_offline_judge_speaks_of_the_build_check(bench: Any) -> None:
    task = await bench.known_task()
    done = await bench.run(await bench.hand_in(task, {"main.py": "print("}))
    assert "Build check: the python files can not be read" in done.judgement["reasoning"]
