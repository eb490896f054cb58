"""Mode ``llm`` of a task with a test suite: the work is run on its cases, and a judge reads it."""

from joust_contracts.events.evaluations import Judgement, TestSummary
from joust_contracts.events.tasks import TestSuiteRef
from joust_contracts.internal.evaluations import TestResults
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.modes.case import Case, NotJudged
from joust_evaluation.modes.llm import judge_by_rubric
from joust_evaluation.programs.errors import ToolMissing
from joust_evaluation.programs.work import unpacked_work
from joust_evaluation.resources import Resources
from joust_evaluation.sandbox.base import SandboxFailed, SandboxMissing
from joust_evaluation.suites.errors import NoTestResults
from joust_evaluation.suites.rules import UnusableSuite, combined, summary_of, test_score
from joust_evaluation.suites.running import run_suite
from joust_evaluation.suites.storing import keep_results, read_results, read_suite
from joust_kit.errors import Unavailable

_STORAGE_AWAY = "The storage of test suites does not answer."


async def judge_by_rubric_and_tests(case: Case, resources: Resources) -> Judgement:
    """The final score is that of tests and judge by the task's weights; without a suite it is the judge's.

    Raises ``BadArchive``, ``JudgeUnavailable`` or ``NotJudged``.
    """
    suite = case.task.stored_test_suite()
    if suite is None:
        return await judge_by_rubric(case, resources)
    tests = await _tested_before(case, resources) or await _tested(case, suite, resources)
    judgement = await judge_by_rubric(case, resources)
    score, read = test_score(tests), judgement.final_score
    weights = case.task.test_weight, case.task.llm_weight
    return judgement.model_copy(
        update={"final_score": combined(score, read, *weights), "test_score": score, "tests": tests}
    )


async def _tested_before(case: Case, resources: Resources) -> TestSummary | None:
    """Of an attempt in which the model was away afterwards: the work is not run again for that."""
    if not case.keeps_output:
        return None
    try:
        results = await read_results(resources.storage, case.evaluation_id)
    except NoTestResults:
        return None
    except Unavailable as error:
        raise JudgeUnavailable(_STORAGE_AWAY) from error
    return summary_of(results.cases, results.reason)


async def _tested(case: Case, ref: TestSuiteRef, resources: Resources) -> TestSummary:
    try:
        suite = await read_suite(resources.storage, ref)
        async with unpacked_work(
            case.artifact, resources.limits, resources.sandbox, case.evaluation_id
        ) as work:
            run = await run_suite(
                work, suite, resources.sandbox, resources.case_limits, case.task.eval_timeout_seconds
            )
        tests = summary_of(run.cases, run.reason)
        results = TestResults(
            iteration=case.iteration,
            test_score=test_score(tests),
            run=work.run,
            reason=run.reason,
            cases=run.cases,
        )
        if case.keeps_output:
            await keep_results(resources.storage, case.evaluation_id, results)
    except UnusableSuite as error:
        raise NotJudged(f"The task's test suite can't be run: {error}.", platform_fault=True) from error
    except (ToolMissing, SandboxMissing) as error:
        raise NotJudged(
            f"The tests of this task can't be run by this deployment: {error}", platform_fault=True
        ) from error
    except SandboxFailed as error:
        raise JudgeUnavailable(str(error)) from error
    except Unavailable as error:
        raise JudgeUnavailable(_STORAGE_AWAY) from error
    return tests
