"""Mode ``llm``: a judge reads the work and scores it by the rubric."""

from dataclasses import replace
from functools import partial

from joust_contracts.events.evaluations import Judgement
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.artifact import read_archive
from joust_evaluation.judges.base import JudgeRequest
from joust_evaluation.judges.findings import bounded
from joust_evaluation.judges.in_time import judge_in_time
from joust_evaluation.judges.injection import find_injections
from joust_evaluation.modes.case import Case
from joust_evaluation.programs.checking import checked_build
from joust_evaluation.resources import Resources


async def judge_by_rubric(case: Case, resources: Resources) -> Judgement:
    """Raises ``BadArchive`` or ``JudgeUnavailable``."""
    task, trail = case.task, case.trail
    with trail.step("read"):
        files = await in_thread(partial(read_archive, case.artifact, resources.limits))
        await in_thread(partial(trail.take_files, files))
    with trail.step("scan"):
        found = await in_thread(partial(find_injections, files))
    with trail.step("build"):
        build = await checked_build(case.artifact, case.evaluation_id, resources)
    request = JudgeRequest(
        title=task.title,
        description=task.description,
        input_spec=task.input_spec,
        output_spec=task.output_spec,
        criteria=task.rubric(),
        files=files,
        build=build,
    )
    with trail.step("judge"):
        # Where an image or a suite runs as well, all of it together has much longer than a model may take.
        verdict = await judge_in_time(resources.judge, request, resources.judgement_seconds)
    trail.take_verdict(verdict)
    whole = replace(verdict, findings=bounded((*found, *verdict.findings)))
    return judgement_of(whole, request.criteria).model_copy(update={"build": build})
