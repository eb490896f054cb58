"""Refusals about samples. What can be wrong with their zip says ``joust_kit.archives.errors``.

JoustError
└── NotFound             404  SampleNotFound
"""

from joust_contracts.refusals import readiness
from joust_kit.errors import NotFound


class SampleNotFound(NotFound, says=readiness.NO_SUCH_SAMPLE):
    """The task has no sample of that kind."""
