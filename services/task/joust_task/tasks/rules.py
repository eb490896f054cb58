"""Rules of a task's life and of its rubric. No I/O, no clock."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from joust_contracts.internal.tasks import CreateTask
from joust_contracts.vocabulary import EvalMode, TaskStatus
from joust_task.tasks.errors import DeadlineTooSoon, EvalModeUnavailable, InvalidTransition, InvalidWeights

TRANSITIONS: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.DRAFT: frozenset({TaskStatus.OPEN}),
    TaskStatus.OPEN: frozenset({TaskStatus.EVALUATING, TaskStatus.CLOSED}),
    TaskStatus.EVALUATING: frozenset({TaskStatus.CLOSED}),
    TaskStatus.CLOSED: frozenset(),
}
"""Straw document, ``guide.for_posters`` and ``POST /api/v1/tasks/:id/close``."""

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


def check_deadline(deadline: datetime, now: datetime, shortest: timedelta) -> None:
    """Raises ``DeadlineTooSoon`` if ``deadline`` is not more than ``shortest`` from ``now``."""
    if deadline <= now + shortest:
        hours = shortest.total_seconds() / 3600
        raise DeadlineTooSoon(deadline=f"must be more than {hours:g} hours from now")


def check_new_task(
    wanted: CreateTask, now: datetime, shortest: timedelta, modes: Collection[EvalMode]
) -> None:
    """Everything that a new draft must fulfil beyond the form of its fields.

    Raises ``EvalModeUnavailable``, ``InvalidWeights`` or ``DeadlineTooSoon``.
    """
    if wanted.eval_mode not in modes:
        known: list[str] = sorted(mode.value for mode in modes)
        raise EvalModeUnavailable(eval_mode=f"must be one of {', '.join(known)}")
    check_weights([criterion.weight for criterion in wanted.criteria])
    check_weights([wanted.test_weight, wanted.llm_weight])
    check_deadline(wanted.deadline, now, shortest)
