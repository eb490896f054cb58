"""Tries a judge on samples, as it would judge submissions. Touches no table."""

from joust_contracts.events.submissions import Artifact
from joust_contracts.events.tasks import SampleRef
from joust_contracts.internal.samples import SampleKind
from joust_evaluation.containers.errors import ImageNotFound, RegistryNotAllowed
from joust_evaluation.containers.images import pin
from joust_evaluation.evaluations.fetching import Lost, Unreachable, Unusable, fetched
from joust_evaluation.evaluations.judging import judge
from joust_evaluation.evaluations.lanes import needs_image
from joust_evaluation.evaluations.outcomes import Judged, Retry
from joust_evaluation.judges.base import JudgeUnavailable
from joust_evaluation.modes.case import Case
from joust_evaluation.readiness.rules import Result, Tried, result_of
from joust_evaluation.resources import Resources
from joust_evaluation.tasks.models import KnownTask


class NotTried(Exception):
    """The judge could not be tried, which says nothing about it; carries the reason."""

    def __init__(self, reason: str, *, is_passing: bool) -> None:
        super().__init__(reason)
        self.is_passing = is_passing
        """True if another try may end otherwise."""


async def try_judge(task: KnownTask, margin: float, resources: Resources) -> Result:
    """Have both samples judged, under the id of their task. Raises ``NotTried``."""
    try:
        image = await _pinned(task, resources)
    except (ImageNotFound, RegistryNotAllowed) as refusal:
        named = " ".join(str(detail) for detail in refusal.details.values())
        return result_of(Tried(None, f"{refusal} {named}"), Tried(None), margin, None)
    judged_by = KnownTask(**{**task.model_dump(), "eval_image_digest": image})
    samples = task.samples()
    reference = await _tried(judged_by, samples[SampleKind.REFERENCE], resources)
    if reference.score is None:
        return result_of(reference, Tried(None), margin, image)
    cheat = await _tried(judged_by, samples[SampleKind.CHEAT], resources)
    return result_of(reference, cheat, margin, image)


async def _pinned(task: KnownTask, resources: Resources) -> str | None:
    """The image by its content, if one judges."""
    if not needs_image(task.eval_mode) or task.eval_image is None:
        return None
    containers = resources.containers
    if containers is None:
        raise NotTried("This deployment has no container engine.", is_passing=False)
    try:
        return await pin(containers.engine, task.eval_image, containers.policy)
    except JudgeUnavailable as error:
        raise NotTried(str(error), is_passing=True) from error


async def _tried(task: KnownTask, sample: SampleRef, resources: Resources) -> Tried:
    artifact = Artifact(
        key=sample.key,
        sha256=sample.sha256,
        size_bytes=sample.size_bytes,
        files_count=sample.files_count,
    )
    try:
        async with fetched(artifact, resources) as file:
            case = Case(task.id, task.id, 1, task, file, keeps_output=False)
            outcome = await judge(case, resources)
    except Unreachable as error:
        raise NotTried(str(error), is_passing=True) from error
    except Unusable as error:
        if isinstance(error, Lost):
            raise NotTried(str(error), is_passing=False) from error
        return Tried(None, str(error))
    if isinstance(outcome, Judged):
        return Tried(outcome.judgement.final_score)
    if isinstance(outcome, Retry):
        raise NotTried(outcome.reason, is_passing=True)
    if outcome.platform_fault and not outcome.by_posters_image:
        raise NotTried(outcome.reason, is_passing=False)
    return Tried(None, outcome.reason)
