"""Tells a database that does not answer from a statement that it refuses."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class RebuildInProgress(Exception):
    """The service's projections are being rebuilt; what wants to change them must wait."""

    def __init__(self) -> None:
        super().__init__("a rebuild runs, or was cut off and must be run again")


_UNAVAILABLE_ERRORS = (
    RebuildInProgress,
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    asyncpg.InterfaceError,
)
_TIMED_OUT = "57014"
"""SQLSTATE: a statement reached its limit, or somebody cancelled it."""
_UNAVAILABLE_CLASSES = ("08", "53", "57P", _TIMED_OUT)
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention; and the above."""
_CONTENTION_STATES = ("40001", "40P01", "55P03")
"""SQLSTATE: serialization failure, deadlock, lock not available."""


def sqlstate(error: BaseException) -> str:
    """SQLSTATE of the error or of the one it wraps, empty if there is none."""
    original = getattr(error, "orig", None) or error
    return str(getattr(original, "sqlstate", None) or "")


def is_unavailable(error: BaseException) -> bool:
    """True if the database could not be asked; the same work may succeed later."""
    if isinstance(error, _UNAVAILABLE_ERRORS):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error).startswith(_UNAVAILABLE_CLASSES)


def is_too_slow(error: BaseException) -> bool:
    """True if the work reached a limit of time, which may be the fault of the work itself."""
    return isinstance(error, TimeoutError) or sqlstate(error) == _TIMED_OUT


def is_contention(error: BaseException) -> bool:
    """True if the database gave up on this transaction for another; it may be run again at once."""
    return sqlstate(error) in _CONTENTION_STATES
