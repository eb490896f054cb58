"""One judging, from the artifact's bytes to the judgement. Touches no table."""

import asyncio
from functools import partial
from typing import BinaryIO

from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.fetching import in_thread
from joust_evaluation.evaluations.outcomes import Judged, Retry, Terminal
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.artifact import read_archive
from joust_evaluation.judges.base import JudgeRequest, JudgeUnavailable
from joust_evaluation.judges.directory import BadArchive
from joust_evaluation.resources import Resources
from joust_evaluation.tasks.models import KnownTask
from joust_kit.observability.logging import get_logger

log = get_logger(__name__)


async def judge(artifact: BinaryIO, task: KnownTask, resources: Resources) -> Judged | Terminal | Retry:
    """Ask the judge. Whatever goes wrong is an outcome, also a mistake of ours."""
    if task.eval_mode is not EvalMode.LLM:
        return Terminal(
            f"This deployment has no judge for tasks with eval_mode '{task.eval_mode}'.", platform_fault=True
        )
    criteria = task.rubric()
    try:
        async with asyncio.timeout(resources.judgement_seconds):
            files = await in_thread(partial(read_archive, artifact, resources.limits))
            request = JudgeRequest(
                title=task.title,
                description=task.description,
                input_spec=task.input_spec,
                output_spec=task.output_spec,
                criteria=criteria,
                files=files,
            )
            verdict = await resources.judge.judge(request)
        return Judged(judgement_of(verdict, criteria))
    except BadArchive as error:
        return Terminal(f"The artifact can't be judged: {error}")
    except JudgeUnavailable as error:
        return Retry(str(error))
    except TimeoutError:
        return Retry(f"The judge took longer than {resources.judgement_seconds:g} seconds.")
    except Exception as error:
        log.exception("judge failed", judge=resources.judge.name)
        return Retry(f"The judge failed by a mistake of ours ({type(error).__name__}).")
