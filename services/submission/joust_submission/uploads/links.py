"""URLs at which an artifact can be put, and got back."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from joust_contracts.events.submissions import Artifact
from joust_contracts.internal.submissions import UploadView
from joust_kit.storage import Storage
from joust_submission.artifacts.keys import key_of_upload
from joust_submission.uploads.rules import url_lifetime

_OUTPUT_LIFETIME = timedelta(hours=1)


def upload_view(storage: Storage, submission_id: UUID, now: datetime, until: datetime) -> UploadView:
    """Where a registered submission's artifact goes; always the same place, by a URL of its own."""
    key = key_of_upload(submission_id)
    lifetime = url_lifetime(now, until)
    url = storage.presigned_put(key, expires=lifetime)
    return UploadView(url=url, token=urlsplit(url).query, path=key, expires_at=now + lifetime)


def output_url(storage: Storage, submission_id: UUID, artifact: Artifact) -> str:
    """Where the artifact that is judged can be downloaded; a browser saves it and does not show it."""
    name = f"submission-{submission_id}.zip"
    return storage.presigned_get(
        artifact.key, expires=_OUTPUT_LIFETIME, download_as=name, content_type="application/zip"
    )
