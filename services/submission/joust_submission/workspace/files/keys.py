"""Where files of workspaces lie in storage; nothing in a key comes from outside."""

from uuid import UUID

FILES = "workspaces/"
UPLOADS = "workspace-uploads/"
"""What owners put there by themselves; no part of a workspace before it was finalized."""


def key_of_file(account_id: UUID, object_id: UUID) -> str:
    """Where the bytes of a file lie."""
    return f"{FILES}{account_id}/{object_id}"


def key_of_upload(account_id: UUID, object_id: UUID) -> str:
    """Where an owner puts a file."""
    return f"{UPLOADS}{account_id}/{object_id}"


def object_of(key: str) -> UUID | None:
    """The id of the object at a key; ``None`` for a key that is not of this service's making."""
    try:
        account_id, object_id = (UUID(part) for part in key.split("/")[1:])
    except ValueError:
        return None
    ours = {key_of_file(account_id, object_id), key_of_upload(account_id, object_id)}
    return object_id if key in ours else None
