"""``Retry-After`` (RFC 9110, section 10.2.3): seconds, or a date."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}")
_MAX_LENGTH = 64
"""Of a date there are 29 characters at the most."""


def retry_after_of(header: str | None, now: datetime) -> timedelta | None:
    """The pause that a receiver asks for, ``None`` if it asks for none or in no known form."""
    if header is None or len(header) > _MAX_LENGTH:
        return None
    text = header.strip()
    if _SECONDS.fullmatch(text):
        return timedelta(seconds=int(text))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    until = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(until - now, timedelta(0))
