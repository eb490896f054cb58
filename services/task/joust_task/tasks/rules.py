"""Rules of a task's life and of its rubric. No I/O, no clock."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from joust_contracts.events.tasks import TaskSnapshot
from joust_contracts.internal.samples import SampleKind, sample_of
from joust_contracts.internal.tasks import MAX_TASK_BYTES, CreateTask, CriterionInput, PublishTask
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_kit.errors import Invalid
from joust_kit.targets.urls import BadTarget, check_url
from joust_task.tasks.errors import (
    DeadlineTooSoon,
    EvalModeUnavailable,
    ImageNotPinned,
    InvalidTransition,
    InvalidWeights,
    JudgeNotReady,
    TaskNotDraft,
    TestSuitesUnavailable,
)

TRANSITIONS: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.DRAFT: frozenset({TaskStatus.OPEN}),
    TaskStatus.OPEN: frozenset({TaskStatus.EVALUATING, TaskStatus.CLOSED}),
    TaskStatus.EVALUATING: frozenset({TaskStatus.CLOSED}),
    TaskStatus.CLOSED: frozenset(),
}
"""Straw document, ``guide.for_posters`` and ``POST /api/v1/tasks/:id/close``."""

_MAX_SNAPSHOT_BYTES = MAX_TASK_BYTES + 5_000
"""With what the service adds to the fields that were sent."""
_WEIGHT_TOLERANCE = 1e-6
"""Weights are decimal fractions of people; their binary sum may differ from 100 in the last digits."""


def check_transition(now: TaskStatus, then: TaskStatus) -> None:
    """Raises ``InvalidTransition`` if a task in status ``now`` can't go to ``then``."""
    if then not in TRANSITIONS[now]:
        allowed: list[str] = sorted(status.value for status in TRANSITIONS[now])
        raise InvalidTransition(
            f"A task that is {now} can't become {then}.", status=now.value, allowed=list(allowed)
        )


def check_weights(weights: Sequence[float]) -> None:
    """Raises ``InvalidWeights`` unless they sum to 100."""
    total = sum(weights)
    if abs(total - 100) > _WEIGHT_TOLERANCE:
        raise InvalidWeights(f"Weights must sum to 100; these sum to {total:g}.", sum=total)


def in_milliseconds(moment: datetime) -> datetime:
    """The moment as answers show it, so that a cursor can be made of what was shown."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def check_deadline(deadline: datetime, now: datetime, shortest: timedelta) -> None:
    """Raises ``DeadlineTooSoon`` if ``deadline`` is not more than ``shortest`` from ``now``."""
    if deadline <= now + shortest:
        hours = shortest.total_seconds() / 3600
        raise DeadlineTooSoon(deadline=f"must be more than {hours:g} hours from now")


def check_names(names: Sequence[str]) -> None:
    """Raises ``Invalid`` if two criteria have the same name: judges answer by it."""
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise Invalid(criteria=f"each name must stand once; {', '.join(doubled)[:200]} stands twice")


def check_evaluation(mode: EvalMode, image: str | None, callback_url: str | None, *, insecure: bool) -> None:
    """Raises ``Invalid`` if the mode lacks what it needs (Straw document, ``guide.for_posters``).

    What another mode would need may be there, so that the mode can be changed first. ``insecure`` also takes
    ``http``, and the own machine, as a callback.
    """
    if needs_image(mode) and image is None:
        raise Invalid(eval_image=f"is required for eval_mode {mode.value}")
    if mode is EvalMode.EXTERNAL and callback_url is None:
        raise Invalid(eval_callback_url="is required for eval_mode external")
    if callback_url is not None:
        _check_callback_url(callback_url, insecure=insecure)


def check_fits_into_an_event(size_bytes: int) -> None:
    """Raises ``Invalid`` if a task takes too many bytes as JSON: what was small field by field may be large
    as a whole."""
    if size_bytes > _MAX_SNAPSHOT_BYTES:
        raise Invalid(
            f"The task's texts take {size_bytes} bytes as JSON; at the most {MAX_TASK_BYTES} may be sent.",
            task="shorten the texts or the rubric",
        )


def check_can_be_judged(mode: EvalMode, modes: Collection[EvalMode]) -> None:
    """Raises ``EvalModeUnavailable`` if the deployment has no judge for ``mode``."""
    if mode not in modes:
        known: list[str] = sorted(mode.value for mode in modes)
        raise EvalModeUnavailable(eval_mode=f"must be one of {', '.join(known)} to be published")


def needs_image(mode: EvalMode) -> bool:
    """True if the poster's image judges, alone or with another judge."""
    return mode in {EvalMode.CONTAINER, EvalMode.HYBRID}


def check_image(mode: EvalMode, image: str | None, looked_up: PublishTask, *, with_network: bool) -> None:
    """Raises ``ImageNotPinned`` unless the image that judges is the one whose content was looked up.

    ``with_network``: whether its containers are to have a network.
    """
    if not needs_image(mode):
        return
    is_meant = (looked_up.eval_image, looked_up.eval_network) == (image, with_network)
    if not is_meant or looked_up.eval_image_digest is None:
        raise ImageNotPinned(eval_image=image, eval_network=with_network)


def check_ready(task: TaskSnapshot, looked_up: PublishTask) -> None:
    """Raises ``JudgeNotReady`` if the draft has samples and its judge was not seen to tell them apart, as the
    draft and its image are now."""
    missing = [kind.value for kind in SampleKind if sample_of(task, kind) is None]
    if len(missing) == len(SampleKind):
        return
    if task.eval_mode is EvalMode.EXTERNAL:
        raise JudgeNotReady(samples="an external judge is not tried here; DELETE them")
    if missing:
        raise JudgeNotReady(samples=f"the {missing[0]} is missing; PUT it, or DELETE the other")
    if looked_up.ready_version != task.version:
        raise JudgeNotReady(task_version=task.version)
    if needs_image(task.eval_mode) and looked_up.ready_image_digest != looked_up.eval_image_digest:
        raise JudgeNotReady(eval_image="means another content than when the judge was tried; try it again")


def check_suite_can_be_run(*, has_suite: bool, runs_suites: bool) -> None:
    """Raises ``TestSuitesUnavailable`` if the task has a test suite that the deployment can't run."""
    if has_suite and not runs_suites:
        raise TestSuitesUnavailable(test_suite="can't be run here; post the task without one")


def check_is_draft(status: TaskStatus, *, awaits_budget: bool = False) -> None:
    """Raises ``TaskNotDraft`` unless the task may still be edited (Straw document, ``PATCH …/tasks/:id``)."""
    if status is not TaskStatus.DRAFT:
        raise TaskNotDraft(status=status.value)
    if awaits_budget:
        raise TaskNotDraft(
            "The task is being published. Wait until it is open, or its budget is rejected.",
            status=status.value,
        )


def check_new_task(wanted: CreateTask, now: datetime, shortest: timedelta, *, insecure: bool) -> None:
    """Everything that a new draft must fulfil beyond the form of its fields.

    Raises ``InvalidWeights``, ``DeadlineTooSoon`` or ``Invalid``.
    """
    check_rubric(wanted.criteria)
    check_weights([wanted.test_weight, wanted.llm_weight])
    check_deadline(wanted.deadline, now, shortest)
    check_evaluation(wanted.eval_mode, wanted.eval_image, wanted.eval_callback_url, insecure=insecure)


def check_rubric(criteria: Sequence[CriterionInput]) -> None:
    """Raises ``InvalidWeights``, or ``Invalid`` for names that stand twice."""
    check_weights([criterion.weight for criterion in criteria])
    check_names([criterion.name for criterion in criteria])


def _check_callback_url(url: str, *, insecure: bool) -> None:
    """By the rule of webhooks; who connects checks the address behind the name."""
    try:
        check_url(url, allow_insecure=insecure)
    except BadTarget as error:
        raise Invalid(eval_callback_url=str(error)) from error
