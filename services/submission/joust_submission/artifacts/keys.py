"""Where artifacts lie in storage; nothing in a key comes from outside."""

from uuid import UUID

KEY_PREFIX = "submissions/"
_SUFFIX = "/artifact.zip"


def key_of(submission_id: UUID) -> str:
    """Where a submission's artifact lies."""
    return f"{KEY_PREFIX}{submission_id}{_SUFFIX}"


def submission_of(key: str) -> UUID | None:
    """Whose artifact lies there; ``None`` for a key that is not of this service's making."""
    try:
        submission_id = UUID(key.removeprefix(KEY_PREFIX).removesuffix(_SUFFIX))
    except ValueError:
        return None
    return submission_id if key == key_of(submission_id) else None
