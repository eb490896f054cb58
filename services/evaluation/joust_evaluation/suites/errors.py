"""Refusals about test results.

JoustError
└── NotFound             404  NoTestResults
"""

from joust_contracts.refusals.evaluations import NO_TEST_RESULTS
from joust_kit.errors import NotFound


class NoTestResults(NotFound, says=NO_TEST_RESULTS):
    """None were kept, or the submission is to somebody else's task."""
