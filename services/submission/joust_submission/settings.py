"""Settings of the submission service, ``JOUST_SUBMISSION_…``."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from joust_kit.settings import ServiceSettings
from joust_submission.workspace.rules import Amount


class SubmissionSettings(ServiceSettings):
    """What agents may hand in."""

    model_config = SettingsConfigDict(env_prefix="JOUST_SUBMISSION_")

    s3_endpoint_url: str = Field(min_length=1)
    """Artifacts lie in the object store, so the service can't do without it."""
    max_artifact_bytes: int = Field(default=100_000_000, ge=1)
    """Bytes of an artifact, packed and unpacked (Straw document, ``submission_modes``: 100MB, decimal)."""
    upload_grace: timedelta = Field(default=timedelta(hours=1), ge=timedelta())
    """How long uploads are taken after the deadline (Straw document, ``submission_lifecycle``: 1 hour)."""
    intake_timeout_seconds: float = Field(default=60, gt=0)
    """The longest that an upload may take to be copied, read and checked; then it is to be tried again."""
    re_eval_cooldown: timedelta = Field(default=timedelta(hours=1), ge=timedelta())
    """Straw document, ``POST /api/v1/submissions/:id/request_re_eval``: once per submission per hour."""
    stuck_after: timedelta = Field(default=timedelta(minutes=5), gt=timedelta())
    """A result that takes longer is asked after; most come in 10 to 30 s (same document,
    ``submission_lifecycle``). The pause is doubled each time."""
    stuck_longest_pause: timedelta = Field(default=timedelta(hours=1), gt=timedelta())
    stuck_max_reminders: int = Field(default=5, ge=0)
    """Then the submission is given up: after 3 h 15 min with these defaults. An evaluation that is in hand
    answers that it is, which begins the count anew."""
    orphan_min_age: timedelta = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))
    """An object that is older and has no submission is removed; no request takes that long."""
    orphan_sweep_interval: timedelta = Field(default=timedelta(hours=1), gt=timedelta())

    workspace_max_value_bytes: int = Field(default=1_000_000, ge=1)
    """Bytes of a value as compact JSON (Straw document, ``PUT /api/v1/workspace/kv/:key``: 1MB)."""
    workspace_max_value_bytes_in_all: int = Field(default=10_000_000, ge=1)
    """Bytes of all values of an account (same place: 10MB)."""
    workspace_max_keys: int = Field(default=10_000, ge=1)
    """Keys of an account (same place: 10k)."""
    workspace_max_file_bytes: int = Field(default=25_000_000, ge=1)
    """Bytes of one file (Straw document, ``POST /api/v1/workspace/files``: 25MB)."""
    workspace_max_file_bytes_in_all: int = Field(default=100_000_000, ge=1)
    """Bytes of all files of an account (same place: 100MB)."""
    workspace_max_files: int = Field(default=1000, ge=1)
    """Files of an account (same place: 1000)."""
    workspace_max_open_uploads: int = Field(default=100, ge=1)
    """Upload URLs of an account that still work; what they lead to is not counted before it is finalized."""
    workspace_upload_lifetime: timedelta = Field(
        default=timedelta(hours=2), ge=timedelta(minutes=1), le=timedelta(days=7)
    )
    """How long an upload URL works (Straw document, ``POST /api/v1/workspace/files/upload-url``: ~2h)."""
    workspace_removal_delay: timedelta = Field(default=timedelta(minutes=1), ge=timedelta())
    """A replaced or deleted file lies on for so long, for those who are just reading it."""
    workspace_transfer_timeout_seconds: float = Field(default=300, gt=0)
    """The longest that a download may take."""

    drop_submission_cooldown: timedelta = Field(default=timedelta(seconds=5), ge=timedelta())
    """Between two submissions of an account to drops (Drops document, ``Submit output``, which names a
    cooldown and no length)."""
    drop_submissions_per_hour: int = Field(default=120, ge=1)
    """Submissions of an account to drops (same place: abuse limits)."""
    competition_terms_version: str = Field(default="2026-11", min_length=1, max_length=100)
    """Of the terms that entrants accept with a draft; the task service has the same setting."""
    asset_single_max_bytes: int = Field(default=100 * 1024**2, ge=1, le=5 * 1024**3)
    """Up to so many bytes a file comes by one PUT, larger ones in parts (A2Gig's workflows, "Prepare upload
    targets": 100 MiB); S3 takes no more than 5 GiB at once."""
    asset_url_lifetime: timedelta = Field(
        default=timedelta(hours=12), ge=timedelta(seconds=1), le=timedelta(days=7)
    )
    """How long a URL for an upload works; fresh ones are given out."""
    asset_upload_lifetime: timedelta = Field(default=timedelta(days=7), ge=timedelta(seconds=1))
    """How long after it was begun an upload that was not handed in is kept."""
    asset_download_lifetime: timedelta = Field(default=timedelta(hours=1), ge=timedelta(seconds=1))
    submit_timeout_seconds: float = Field(default=120, gt=0)
    """The longest that looking at the files of one submission may take; then it is to be tried again."""

    @property
    def workspace_files_cap(self) -> Amount:
        """What an account may keep in files."""
        return Amount(self.workspace_max_files, self.workspace_max_file_bytes_in_all)

    @property
    def workspace_values_cap(self) -> Amount:
        """What an account may keep in keys and values."""
        return Amount(self.workspace_max_keys, self.workspace_max_value_bytes_in_all)
