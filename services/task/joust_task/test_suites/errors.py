"""Refusals about test suites.

JoustError
├── TooLarge             413  SuiteTooLarge
├── UnsupportedType      415  NotJson: by its name
└── Invalid              422  InvalidSuite: details name each case that can't be run
"""

from joust_contracts.refusals import tasks
from joust_kit.errors import Invalid, TooLarge, UnsupportedType


class SuiteTooLarge(TooLarge, says=tasks.SUITE_TOO_LARGE):
    """More bytes than a test suite may have."""


class NotJson(UnsupportedType, says=tasks.NOT_JSON):
    """The file is not called ``.json``."""


class InvalidSuite(Invalid):
    """The file is no test suite."""

    message = "The test suite can't be used; see details."
