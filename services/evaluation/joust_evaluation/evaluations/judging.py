"""One judging, from the artifact in storage to the judgement. Touches no table."""

import asyncio

from joust_contracts.events.submissions import Artifact
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.evaluations.outcomes import Judged, Retry, Terminal
from joust_evaluation.evaluations.rules import judgement_of
from joust_evaluation.judges.artifact import BadArchive, read_archive
from joust_evaluation.judges.base import JudgeRequest, JudgeUnavailable
from joust_evaluation.resources import Resources
from joust_evaluation.settings import READ_TIMEOUT_SECONDS
from joust_evaluation.tasks.models import KnownTask
from joust_kit.errors import Unavailable
from joust_kit.observability.logging import get_logger
from joust_kit.storage import ObjectChanged, ObjectMissing

log = get_logger(__name__)


class Unusable(Exception):
    """The artifact can never be judged; carries a reason for the agent."""


class Lost(Unusable):
    """Storage has it no more, or not as it was; the agent has no part in that."""


class Unreachable(Exception):
    """Storage does not answer; carries a reason."""


async def fetch(artifact: Artifact | None, resources: Resources) -> bytes:
    """The artifact, if it is the one that was handed in. Raises ``Unusable`` or ``Unreachable``."""
    if artifact is None:
        raise Lost("The submission has no artifact. Submit again.")
    if artifact.size_bytes > resources.max_artifact_bytes:
        raise Unusable(
            f"The artifact has {artifact.size_bytes} bytes; {resources.max_artifact_bytes} are allowed."
        )
    try:
        async with asyncio.timeout(READ_TIMEOUT_SECONDS):
            return await resources.storage.read_checked(
                artifact.key, sha256=artifact.sha256, max_bytes=artifact.size_bytes
            )
    except ObjectMissing as error:
        raise Lost("The artifact is gone from storage. Submit again.") from error
    except ObjectChanged as error:
        raise Lost("The artifact in storage is not the one that was submitted. Submit again.") from error
    except (Unavailable, TimeoutError) as error:
        raise Unreachable("The storage of artifacts does not answer.") from error


async def judge(content: bytes, task: KnownTask, resources: Resources) -> Judged | Terminal | Retry:
    """Ask the judge. Whatever goes wrong is an outcome, also a mistake of ours."""
    if task.eval_mode is not EvalMode.LLM:
        return Terminal(
            f"This deployment has no judge for tasks with eval_mode '{task.eval_mode}'.", platform_fault=True
        )
    criteria = task.rubric()
    try:
        async with asyncio.timeout(resources.judgement_seconds):
            files = await asyncio.to_thread(read_archive, content, resources.limits)
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
