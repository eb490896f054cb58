"""Refusals about test suites.

JoustError
├── TooLarge             413  SuiteTooLarge
├── UnsupportedType      415  NotJson: by its name
└── Invalid              422  InvalidSuite: details name each case that can't be run
"""

from joust_kit.errors import Invalid, TooLarge, UnsupportedType


class SuiteTooLarge(TooLarge):
    """More bytes than a test suite may have."""

    message = "The test suite is too large; see details."


class NotJson(UnsupportedType):
    """The file is not called ``.json``."""

    message = "A test suite is a .json file."


class InvalidSuite(Invalid):
    """The file is no test suite."""

    message = "The test suite can't be used; see details."
