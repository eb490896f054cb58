"""Which version of its judge stands on a score. Pure."""

import hashlib
import json

from joust_contracts.events.evaluations import JudgeVersion
from joust_contracts.vocabulary import EvalMode
from joust_evaluation.judges.base import JudgeIdentity
from joust_evaluation.tasks.models import KnownTask

_WITH_AN_IMAGE = frozenset({EvalMode.CONTAINER, EvalMode.HYBRID})
_WITH_OUR_JUDGE = frozenset({EvalMode.LLM, EvalMode.HYBRID})
_PLACE_DIGITS = 16


def version_of(task: KnownTask, identity: JudgeIdentity) -> JudgeVersion:
    """How submissions of the task are judged now. ``identity``: of this deployment's own judge, which has a
    say in the modes ``llm`` and ``hybrid``."""
    ours = task.eval_mode in _WITH_OUR_JUDGE
    return JudgeVersion(
        mode=task.eval_mode,
        judge=identity.judge if ours else _posters_judge(task),
        rubric_hash=rubric_hash(task),
        model=identity.model if ours else None,
        prompt_version=identity.prompt_version if ours else None,
        image_digest=task.eval_image_digest if task.eval_mode in _WITH_AN_IMAGE else None,
    )


def _posters_judge(task: KnownTask) -> str:
    """The mode; of an external judge also a hash of where it listens, which only the owner may know."""
    if task.eval_mode is not EvalMode.EXTERNAL:
        return task.eval_mode.value
    place = hashlib.sha256(f"{task.id}\n{task.eval_callback_url}".encode()).hexdigest()
    return f"{task.eval_mode.value} {place[:_PLACE_DIGITS]}"


def rubric_hash(task: KnownTask) -> str:
    """SHA-256 of what a judge is told of the task, in hexadecimal; equal texts have equal hashes."""
    told = {
        "title": task.title,
        "description": task.description,
        "input_spec": task.input_spec,
        "output_spec": task.output_spec,
        "test_weight": task.test_weight,
        "llm_weight": task.llm_weight,
        "criteria": [criterion.model_dump(mode="json") for criterion in task.rubric()],
    }
    canonical = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
