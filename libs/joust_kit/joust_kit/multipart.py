"""Large objects in parts, which clients send to S3 themselves: nothing of them passes through our processes.

The steps are those of S3's API reference: CreateMultipartUpload, UploadPart (by URLs that are signed with the
part's number and the upload's id), ListParts, CompleteMultipartUpload, AbortMultipartUpload. An upload that
is begun lasts until it is completed or aborted, so whoever begins one remembers it.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol
from xml.etree import ElementTree

from joust_kit.errors import Unavailable
from joust_kit.storage import ObjectMissing, ObjectStorage, StorageRefused, code_of

MAX_PARTS = 10_000
MIN_PART_BYTES = 5 * 1024**2
"""Of every part but the last."""
MAX_PART_BYTES = 5 * 1024**3

_PAGE = "1000"


class UploadMissing(Exception):
    """There is no such upload: it was completed, aborted, or never begun."""


class PartsRefused(Exception):
    """The parts that were named do not make an object; the text says what storage found wrong."""


class Part(NamedTuple):
    """One part as it lies in storage."""

    number: int
    etag: str
    """Storage's name for the part's content, without quotes."""
    size_bytes: int


class BegunUpload(NamedTuple):
    """An upload that is neither completed nor aborted."""

    key: str
    upload_id: str
    begun_at: datetime


class PartStorage(Protocol):
    """Uploads in parts. Every wait has a limit; storage that does not answer raises ``Unavailable``."""

    async def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload; its id."""
        ...

    def presigned_part(self, key: str, upload_id: str, number: int, *, expires: timedelta) -> str:
        """URL to which a client can PUT one part, again and again until the upload ends."""
        ...

    async def parts_of(self, key: str, upload_id: str, *, after: int = 0) -> Sequence[Part]:
        """At most 1000 parts that are there, by number, those up to ``after`` left out.

        Raises ``UploadMissing``.
        """
        ...

    async def complete(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the object of these parts (number and ETag, by number).

        Raises ``UploadMissing`` or ``PartsRefused``.
        """
        ...

    async def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts; one that is not there is fine."""
        ...

    def list_begun(self, prefix: str) -> AsyncIterator[BegunUpload]:
        """Uploads that are neither completed nor aborted, of keys that begin with ``prefix``."""
        ...


class ObjectParts:
    """Uploads in parts to the bucket of an ``ObjectStorage``, while that is open."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    async def begin(self, key: str, *, content_type: str) -> str:
        """Begin an upload; its id."""
        async with self._storage.call(
            "POST", key, {"uploads": ""}, headers={"Content-Type": content_type}
        ) as response:
            upload_id = _parse(await response.text()).findtext("{*}UploadId")
        if not upload_id:
            raise Unavailable("Storage did not begin an upload. Nothing was changed; try again.")
        return upload_id

    def presigned_part(self, key: str, upload_id: str, number: int, *, expires: timedelta) -> str:
        """URL to which a client can PUT one part."""
        query = {"partNumber": str(number), "uploadId": upload_id}
        return self._storage.presigned_call("PUT", key, query, expires=expires)

    async def parts_of(self, key: str, upload_id: str, *, after: int = 0) -> Sequence[Part]:
        """Parts that are there. Raises ``UploadMissing``."""
        query = {"uploadId": upload_id, "part-number-marker": str(after), "max-parts": _PAGE}
        try:
            async with self._storage.call("GET", key, query) as response:
                page = _parse(await response.text())
        except ObjectMissing as error:
            raise UploadMissing(upload_id) from error
        return _newest(page.findall("{*}Part"))

    async def complete(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Make the object. Raises ``UploadMissing`` or ``PartsRefused``."""
        try:
            async with self._storage.call(
                "POST", key, {"uploadId": upload_id}, body=_manifest(parts)
            ) as response:
                answer = await response.text()
        except ObjectMissing as error:
            raise UploadMissing(upload_id) from error
        except StorageRefused as error:
            raise PartsRefused(str(error)) from error
        # S3 may begin with 200 and tell a failure in the body (API reference, CompleteMultipartUpload).
        if "CompleteMultipartUploadResult" in answer:
            return
        if (code := code_of(answer)) == "NoSuchUpload":
            raise UploadMissing(upload_id)
        if code.startswith("Invalid") or code == "EntityTooSmall":
            raise PartsRefused(code)
        raise Unavailable("Storage did not complete an upload. Ask for its state, and try again.")

    async def abort(self, key: str, upload_id: str) -> None:
        """Forget the upload and its parts."""
        try:
            async with self._storage.call("DELETE", key, {"uploadId": upload_id}):
                pass
        except ObjectMissing:
            return

    async def list_begun(self, prefix: str) -> AsyncIterator[BegunUpload]:
        """Uploads that are neither completed nor aborted."""
        query = {"uploads": "", "prefix": prefix, "max-uploads": _PAGE}
        while True:
            page = await self._storage.list_bucket(query)
            for each in page.iterfind("{*}Upload"):
                yield _begun(each)
            if page.findtext("{*}IsTruncated") != "true":
                return
            query["key-marker"] = page.findtext("{*}NextKeyMarker") or ""
            query["upload-id-marker"] = page.findtext("{*}NextUploadIdMarker") or ""


def _manifest(parts: Sequence[tuple[int, str]]) -> bytes:
    root = ElementTree.Element("CompleteMultipartUpload", xmlns="http://s3.amazonaws.com/doc/2006-03-01/")
    for number, etag in parts:
        part = ElementTree.SubElement(root, "Part")
        ElementTree.SubElement(part, "PartNumber").text = str(number)
        ElementTree.SubElement(part, "ETag").text = f'"{etag}"'
    return ElementTree.tostring(root)


def _parse(answer: str) -> ElementTree.Element:
    return ElementTree.fromstring(answer)  # noqa: S314 - storage is ours


def _newest(elements: Sequence[ElementTree.Element]) -> list[Part]:
    """Each part once: some stores list what was put before under the same number as well, and tell moments
    by the second, so that of two puts within one either may be found."""
    by_time = sorted(elements, key=lambda each: each.findtext("{*}LastModified") or "")
    newest = {part.number: part for part in map(_part, by_time)}
    return [newest[number] for number in sorted(newest)]


def _part(element: ElementTree.Element) -> Part:
    return Part(
        int(element.findtext("{*}PartNumber") or 0),
        (element.findtext("{*}ETag") or "").strip('"'),
        int(element.findtext("{*}Size") or 0),
    )


def _begun(element: ElementTree.Element) -> BegunUpload:
    return BegunUpload(
        element.findtext("{*}Key") or "",
        element.findtext("{*}UploadId") or "",
        datetime.fromisoformat(element.findtext("{*}Initiated") or ""),
    )
