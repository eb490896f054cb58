"""The form of a refusal."""

from typing import NamedTuple

from joust_contracts.internal.common import ErrorCode


class Refusal(NamedTuple):
    """What a caller is told; a service may say more in its place, in the message or in ``details``."""

    status: int
    code: ErrorCode
    message: str
    """What happened and what to do, in general."""
