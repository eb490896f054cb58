"""Cursors of leaderboards, sealed: they name a place, whose time and submission no rival may know.

Sealed with a key of the task's own (Fernet: AES-128-CBC with HMAC-SHA256), made from the service's key of
aliases. A cursor of another task is none.
"""

import base64
import hashlib
import hmac
import struct
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken

from joust_kit.errors import Invalid
from joust_ranking.standings.rules import Place

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORM = struct.Struct(">dq16s")
"""Score, microseconds of the receipt since the epoch, submission."""


def seal(key: bytes, task_id: UUID, place: Place) -> str:
    """Text for a URL that names the place after which the next page begins."""
    microseconds = (place.received_at - _EPOCH) // timedelta(microseconds=1)
    plain = _FORM.pack(place.score, microseconds, place.submission_id.bytes)
    return _box(key, task_id).encrypt(plain).decode().rstrip("=")


def unseal(key: bytes, task_id: UUID, cursor: str | None) -> Place | None:
    """The place that a cursor names, ``None`` for no cursor.

    Raises ``Invalid`` for what ``seal`` did not make for this task.
    """
    if cursor is None:
        return None
    try:
        plain = _box(key, task_id).decrypt((cursor + "=" * (-len(cursor) % 4)).encode())
    except (InvalidToken, ValueError) as error:
        raise Invalid(cursor="Not a cursor of this leaderboard. Send nextCursor as it came.") from error
    score, microseconds, submission = _FORM.unpack(plain)
    return Place(score, _EPOCH + timedelta(microseconds=microseconds), UUID(bytes=submission), 1)


def _box(key: bytes, task_id: UUID) -> Fernet:
    own = hmac.digest(key, b"cursor of a leaderboard" + task_id.bytes, hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(own))
