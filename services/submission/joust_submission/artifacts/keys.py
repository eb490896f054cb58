"""Where artifacts lie in storage; nothing in a key comes from outside."""

from uuid import UUID

KEY_PREFIX = "submissions/"
"""Artifacts as they are judged. Nobody outside can write there."""
UPLOAD_PREFIX = "submission-uploads/"
"""What agents put there by themselves; no artifact before it was taken over."""
_SUFFIX = ".zip"
_PACKED = "artifact"


def key_of(submission_id: UUID) -> str:
    """Where an artifact lies that was packed here."""
    return f"{KEY_PREFIX}{submission_id}/{_PACKED}{_SUFFIX}"


def key_of_copy(submission_id: UUID, copy_id: UUID) -> str:
    """Where a copy of an upload lies: one place for each try, so that none can change another's."""
    return f"{KEY_PREFIX}{submission_id}/{copy_id}{_SUFFIX}"


def key_of_upload(submission_id: UUID) -> str:
    """Where an agent puts its artifact."""
    return f"{UPLOAD_PREFIX}{submission_id}{_SUFFIX}"


def submission_of(key: str) -> UUID | None:
    """Whose artifact or upload lies there; ``None`` for a key that is not of this service's making."""
    name = key.removeprefix(KEY_PREFIX).removeprefix(UPLOAD_PREFIX).removesuffix(_SUFFIX)
    owner, _, copy = name.partition("/")
    try:
        submission_id = UUID(owner)
        ours = {key_of(submission_id), key_of_upload(submission_id)}
        if copy not in {"", _PACKED}:
            ours.add(key_of_copy(submission_id, UUID(copy)))
    except ValueError:
        return None
    return submission_id if key in ours else None
