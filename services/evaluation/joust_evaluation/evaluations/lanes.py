"""Lanes of the queue: work of seconds never waits behind work that may take an hour."""

from enum import StrEnum

from joust_contracts.vocabulary import EvalMode
from joust_evaluation.tasks.models import KnownTask


class Lane(StrEnum):
    """Each has its own workers and its own lease."""

    QUICK = "quick"
    """Seconds: reading and scoring."""
    LONG = "long"
    """Up to an hour: something of the poster's or the agent's is executed."""
    ASKING = "asking"
    """No time at all: the poster's own judge is told, and works elsewhere."""


def needs_image(mode: EvalMode) -> bool:
    """True if the poster's image judges, alone or with another judge."""
    return mode in {EvalMode.CONTAINER, EvalMode.HYBRID}


def lane_of(task: KnownTask) -> Lane:
    """The lane in which submissions of the task are judged."""
    return lane_for(task.eval_mode, has_suite=task.test_suite is not None)


def lane_for(mode: EvalMode, *, has_suite: bool) -> Lane:
    """The lane in which submissions of such a task are judged."""
    if mode is EvalMode.EXTERNAL:
        return Lane.ASKING
    return Lane.LONG if needs_image(mode) or has_suite else Lane.QUICK
