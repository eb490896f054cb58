"""Files as answers show them, with the URLs by which they come and go."""

from datetime import datetime, timedelta

from joust_contracts.internal.drafts import AssetView, MultipartUpload, SingleUpload
from joust_contracts.vocabulary import AssetStatus
from joust_kit import checksums
from joust_kit.storage import Storage
from joust_submission.assets.keys import key_of_upload
from joust_submission.assets.models import Asset
from joust_submission.settings import SubmissionSettings


def url_lifetime(asset: Asset, now: datetime, settings: SubmissionSettings) -> timedelta:
    """How long a URL made now works: never longer than the upload."""
    left = max(asset.expires_at - now, timedelta(seconds=1))
    return min(settings.asset_url_lifetime, left)


def stated_headers(asset: Asset) -> dict[str, str]:
    """What a PUT of the file says of it: storage refuses a request that says otherwise, or other bytes."""
    headers = {"Content-Type": asset.content_type}
    if asset.md5 is not None:
        headers[checksums.MD5_HEADER] = checksums.as_header(asset.md5)
    if asset.sha256 is not None:
        headers[checksums.SHA256_HEADER] = checksums.as_header(asset.sha256)
    return headers


def uploading(asset: Asset, storage: Storage, now: datetime, settings: SubmissionSettings) -> AssetView:
    """A file that is to be uploaded, and how."""
    lifetime = url_lifetime(asset, now, settings)
    upload: SingleUpload | MultipartUpload
    if asset.upload_id is None:
        key, headers = key_of_upload(asset.draft_id, asset.id), stated_headers(asset)
        # Clients send the length by themselves; no other is taken.
        signed = {**headers, "Content-Length": str(asset.size_bytes)}
        url = storage.presigned_put(key, expires=lifetime, headers=signed)
        upload = SingleUpload(url=url, headers=headers, expires_at=now + lifetime)
    else:
        plan = asset.plan
        upload = MultipartUpload(
            part_size_bytes=plan.part_bytes, part_count=plan.parts_count, expires_at=asset.expires_at
        )
    return _plain(asset).model_copy(update={"upload": upload})


def shown(asset: Asset, storage: Storage, now: datetime, settings: SubmissionSettings) -> AssetView:
    """A file in a list: how it is uploaded, or where it can be downloaded, by parts as well."""
    if asset.status is AssetStatus.PENDING:
        return uploading(asset, storage, now, settings)
    view = _plain(asset)
    if asset.key is None:
        return view
    url = storage.presigned_get(
        asset.key,
        expires=settings.asset_download_lifetime,
        download_as=asset.filename,
        content_type=asset.content_type,
    )
    return view.model_copy(update={"download_url": url})


def _plain(asset: Asset) -> AssetView:
    fields = asset.model_dump(include={"filename", "content_type", "status"})
    return AssetView(asset_upload_id=asset.id, size=asset.size_bytes, **fields)
