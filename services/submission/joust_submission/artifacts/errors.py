"""Refusals about artifacts.

JoustError
├── TooLarge             413  ArtifactTooLarge
└── Invalid              422  UnacceptableFiles: names or contents that can't go into an archive
"""

from joust_contracts.refusals import submissions
from joust_kit.errors import Invalid, TooLarge


class ArtifactTooLarge(TooLarge, says=submissions.ARTIFACT_TOO_LARGE):
    """All files together are more than a submission may have."""


class UnacceptableFiles(Invalid):
    """Some files can't be packed; ``details`` names each with the reason."""

    message = "Some files can't be accepted; see details."
