"""Mode ``hybrid``: the poster's image scores the work, and a judge reads it; weighted by the task."""

from contextlib import suppress

from joust_contracts.base import round_score
from joust_contracts.events.evaluations import Judgement
from joust_evaluation.containers import scores
from joust_evaluation.containers.contract import ContainerScore
from joust_evaluation.judges.scoring import weighted_mean
from joust_evaluation.modes.case import Case
from joust_evaluation.modes.container import container_score, judge_name
from joust_evaluation.modes.llm import judge_by_rubric
from joust_evaluation.resources import Resources
from joust_kit.errors import Unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


async def judge_by_both(case: Case, resources: Resources) -> Judgement:
    """Both or none: half a judgement would be another score. Raises as its two parts do."""
    run = await _score_of_one_run(case, resources)
    read = await judge_by_rubric(case, resources)
    weights = [case.task.test_weight, case.task.llm_weight]
    run_score = round_score(run.score)
    return read.model_copy(
        update={
            "final_score": weighted_mean([run_score, read.final_score], weights),
            "llm_score": read.final_score,
            "container_score": run_score,
            "reasoning": "\n\n".join(part for part in (run.message, read.reasoning) if part),
            "judge": f"{judge_name(case)} + {read.judge}",
            "breakdown": {
                "container": {"score": run_score, "weight": weights[0], "breakdown": run.breakdown},
                "llm": {"score": read.final_score, "weight": weights[1]},
            },
        }
    )


async def _score_of_one_run(case: Case, resources: Resources) -> ContainerScore:
    """Kept for the next attempt if the other judge is away: it costs the image no second run, and the
    work no second throw of its dice."""
    pin = case.task.eval_image_digest
    if pin is None or not case.keeps_output:
        return await container_score(case, resources)
    with suppress(Unavailable):
        kept = await scores.find(resources.storage, case.evaluation_id, pin)
        if kept is not None:
            return kept
    score = await container_score(case, resources)
    try:
        await scores.keep(resources.storage, case.evaluation_id, pin, score)
    except Unavailable:
        log.warning("container's score was not kept", evaluation_id=str(case.evaluation_id))
    return score
