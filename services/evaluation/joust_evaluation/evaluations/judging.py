"""One judging, from the artifact's bytes to the judgement. Touches no table."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from joust_contracts.events.evaluations import Judgement
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.fitting import fitted
from joust_evaluation.evaluations.outcomes import Judged, Retry, Terminal
from joust_evaluation.evaluations.rules import shortage_of, told_as
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.judges.directory import BadArchive
from joust_evaluation.judges.versions import version_of
from joust_evaluation.modes.case import Case, NoScore, NotJudged
from joust_evaluation.modes.container import judge_in_container
from joust_evaluation.modes.hybrid import judge_by_both
from joust_evaluation.modes.tested import judge_by_rubric_and_tests
from joust_evaluation.resources import Resources
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)

_MODES: Mapping[EvalMode, Callable[[Case, Resources], Awaitable[Judgement]]] = {
    EvalMode.LLM: judge_by_rubric_and_tests,
    EvalMode.CONTAINER: judge_in_container,
    EvalMode.HYBRID: judge_by_both,
}
"""Each raises ``BadArchive``, ``JudgeUnavailable`` or ``NotJudged`` if there is no judgement."""


async def judge(case: Case, resources: Resources) -> Judged | Terminal | Retry:
    """Judge by the task's mode. Whatever goes wrong is an outcome, also a mistake of ours."""
    seconds = resources.seconds_for(case.task)
    try:
        async with asyncio.timeout(seconds):
            case.trail.rubric = case.task.rubric()
            judgement = await _judge(case, resources)
            version = version_of(case.task, resources.judge.identity)
            return Judged(fitted(judgement).model_copy(update={"judge_version": version}), case.trail)
    except BadArchive as error:
        return Terminal(told_as(f"The artifact can't be judged: {error}"))
    except NotJudged as error:
        by_image = isinstance(error, NoScore)
        return Terminal(told_as(str(error)), platform_fault=error.platform_fault, by_posters_image=by_image)
    except JudgeUnavailable as error:
        return Retry(told_as(str(error)))
    except TimeoutError:
        return Retry(f"The judge took longer than {seconds:g} seconds.")
    except Exception as error:
        shortage = shortage_of(error)
        if shortage is None:
            log.exception(
                "judge failed", mode=case.task.eval_mode.value, evaluation_id=str(case.evaluation_id)
            )
        return Retry(shortage or f"The judge failed by a mistake of ours ({type(error).__name__}).")


async def _judge(case: Case, resources: Resources) -> Judgement:
    mode = case.task.eval_mode
    if mode not in _MODES:
        raise NotJudged(
            f"This deployment has no judge for tasks with eval_mode '{mode}'.", platform_fault=True
        )
    return await _MODES[mode](case, resources)
