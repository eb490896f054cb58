"""Failures about evaluations; no caller sees them, the queue acts on them.

Exception
└── InvalidTransition    a mistake of ours: the status does not allow the step
"""


class InvalidTransition(Exception):
    """The evaluation's status does not allow the step."""
