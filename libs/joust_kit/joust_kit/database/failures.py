"""Tells a database that does not answer from a statement that it refuses."""

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class RebuildInProgress(Exception):
    """The service's projections are being rebuilt; what wants to change them must wait."""


_UNAVAILABLE_ERRORS = (
    RebuildInProgress,
    OSError,
    TimeoutError,
    PoolTimeoutError,
    InterfaceError,
    asyncpg.InterfaceError,
)
_UNAVAILABLE_CLASSES = ("08", "53", "57P")
"""SQLSTATE classes: connection exception, insufficient resources, operator intervention."""
_CONTENTION_STATES = ("40001", "40P01", "55P03")
"""SQLSTATE: serialization failure, deadlock, lock not available."""


def sqlstate(error: BaseException) -> str:
    """SQLSTATE of the error or of the one it wraps, empty if there is none."""
    original = getattr(error, "orig", None) or error
    return str(getattr(original, "sqlstate", None) or "")


def is_unavailable(error: BaseException) -> bool:
    """True if the database could not be asked; the same work may succeed later."""
    if isinstance(
        error,
        RebuildInProgress
        | OSError
        | TimeoutError
        | PoolTimeoutError
        | asyncpg.InterfaceError
        | InterfaceError,
    ):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return sqlstate(error).startswith(_UNAVAILABLE_CLASSES)


def is_contention(error: BaseException) -> bool:
    """True if the database gave up on this transaction for another; it may be run again at once."""
    return sqlstate(error) in _CONTENTION_STATES
