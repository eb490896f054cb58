"""Failures about evaluations; no caller sees them, the queue acts on them.

Exception
├── InvalidTransition    a mistake of ours: the status does not allow the step
└── TryAgain             raised by the job so that the queue runs it again after a pause
"""


class InvalidTransition(Exception):
    """The evaluation's status does not allow the step."""


class TryAgain(Exception):
    """The judge could not speak this time; carries the reason."""
