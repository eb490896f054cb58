"""Where files of competitions lie in storage; nothing in a key comes from outside."""

from uuid import UUID

UPLOADS = "competition-uploads/"
"""Where entrants put files by themselves."""
ASSETS = "competition-assets/"
"""Files as they were handed in. Nobody outside can write there."""


def key_of_upload(draft_id: UUID, asset_id: UUID) -> str:
    """Where a file is put."""
    return f"{prefix_of_uploads(draft_id)}{asset_id}"


def prefix_of_uploads(draft_id: UUID) -> str:
    """How the keys of all that is put for a draft begin."""
    return f"{UPLOADS}{draft_id}/"


def key_of_asset(draft_id: UUID, asset_id: UUID, copy_id: UUID) -> str:
    """Where a copy of a file lies: one place for each try, so that none can change another's."""
    return f"{ASSETS}{draft_id}/{asset_id}/{copy_id}"


def prefix_of_assets(draft_id: UUID) -> str:
    """How the keys of all copies of a draft's files begin."""
    return f"{ASSETS}{draft_id}/"


def asset_of(key: str) -> UUID | None:
    """Whose bytes lie there; ``None`` for a key that is not of this service's making."""
    for prefix, length in ((UPLOADS, 2), (ASSETS, 3)):
        names = key.removeprefix(prefix).split("/")
        if key.startswith(prefix) and len(names) == length:
            try:
                return [UUID(name) for name in names][1]
            except ValueError:
                return None
    return None
