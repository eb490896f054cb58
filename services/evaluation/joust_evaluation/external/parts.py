"""What external judging needs beside the database."""

from dataclasses import dataclass
from datetime import timedelta

from joust_kit.derived_secrets import DerivedSecrets


@dataclass(frozen=True)
class ExternalParts:
    """Open for as long as the process runs."""

    secrets: DerivedSecrets
    api_url: str
    """Where judges reach the public API; no slash at the end."""
    deadline: timedelta
    """How long a judge may take."""
    lease: timedelta
    """How long a claim has an evaluation for itself."""
