"""Refusals about uploads.

JoustError
├── NotFound             404  AssetNotFound
└── Conflict             409  TooMuch, NotThere, NotInParts, PartsRefused, UploadOver
"""

from joust_contracts.refusals import drafts
from joust_kit.errors import Conflict, NotFound


class AssetNotFound(NotFound, says=drafts.NO_SUCH_ASSET):
    """There is no such upload, or it is somebody else's."""


class TooMuch(Conflict, says=drafts.TOO_MUCH):
    """More files or bytes than a submission may have."""


class NotThere(Conflict, says=drafts.NOT_THERE):
    """A named file is not in storage, or is another one than was announced."""


class NotInParts(Conflict, says=drafts.NOT_IN_PARTS):
    """The file is uploaded by one PUT."""


class PartsRefused(Conflict, says=drafts.PARTS_REFUSED):
    """The parts do not make the file."""


class UploadOver(Conflict, says=drafts.UPLOAD_OVER):
    """Nothing is uploaded any more."""
