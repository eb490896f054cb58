"""Mode ``container``: the poster's image runs on the work and scores it."""

from joust_contracts.events.evaluations import Judgement
from joust_evaluation.containers import logs
from joust_evaluation.containers.contract import ContainerScore
from joust_evaluation.containers.running import Finished, Work
from joust_evaluation.modes.case import Case, NoScore, NotJudged
from joust_evaluation.resources import Resources
from joust_kit.errors import Unavailable
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


async def judge_in_container(case: Case, resources: Resources) -> Judgement:
    """Raises ``BadArchive``, ``JudgeUnavailable`` or ``NotJudged``."""
    found = await container_score(case, resources)
    return Judgement(
        final_score=found.score,
        container_score=found.score,
        dimensions=(),
        reasoning=found.message,
        judge=judge_name(case),
        breakdown=found.breakdown,
    )


def judge_name(case: Case) -> str:
    """The image by its content, so that one can see which judge spoke."""
    return f"container {case.task.eval_image_digest}"


async def container_score(case: Case, resources: Resources) -> ContainerScore:
    """What the poster's container says of the work. Raises ``BadArchive``, ``JudgeUnavailable`` or
    ``NotJudged``."""
    task, containers = case.task, resources.containers
    if containers is None:
        raise NotJudged("This deployment has no container engine.", platform_fault=True)
    if task.eval_image_digest is None:
        raise NotJudged("The task's evaluation image was not pinned at publish.", platform_fault=True)
    work = Work(
        evaluation_id=case.evaluation_id,
        pin=task.eval_image_digest,
        artifact=case.artifact,
        limits=resources.limits,
        memory_mb=task.eval_memory_mb,
        timeout_seconds=task.eval_timeout_seconds,
        with_network=task.eval_network,
    )
    finished = await containers.run(work)
    if case.keeps_output:
        await _keep_log(case, finished, resources)
    if finished.score is None:
        raise NoScore(finished.problem or "The evaluation container gave no score.")
    return finished.score


async def _keep_log(case: Case, finished: Finished, resources: Resources) -> None:
    try:
        await logs.keep(resources.storage, case.evaluation_id, str(case.task.eval_image_digest), finished)
    except Unavailable:
        log.warning("container's log was not kept", evaluation_id=str(case.evaluation_id))
