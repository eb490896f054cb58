"""Refusals about artifacts.

JoustError
├── TooLarge             413  ArtifactTooLarge
└── Invalid              422  UnacceptableFiles: names or contents that can't go into an archive
"""

from joust_kit.errors import Invalid, TooLarge


class ArtifactTooLarge(TooLarge):
    """All files together are more than a submission may have."""

    message = "The files are too large together; see details."


class UnacceptableFiles(Invalid):
    """Some files can't be packed; ``details`` names each with the reason."""

    message = "Some files can't be accepted; see details."
