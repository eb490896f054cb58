"""Objects in S3: streamed in both directions, checked by size and SHA-256, never held whole in memory.

The minio library signs; aiohttp moves the bytes, so that no thread and no event loop waits for storage.
"""

import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType, TracebackType
from typing import Protocol, Self
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from xml.etree import ElementTree

import aiohttp
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4, sign_v4_s3

from joust_kit import checksums
from joust_kit.clock import ToldClock
from joust_kit.errors import Unavailable
from joust_kit.observability.logging import get_logger
from joust_kit.presigning import Key, presign
from joust_kit.settings import ServiceSettings

log = get_logger(__name__)

CHUNK_BYTES = 256 * 1024
_INTERNAL_EXPIRY = timedelta(minutes=15)
_NOTHING_SHA256 = hashlib.sha256(b"").hexdigest()
_MD5_ETAG = re.compile(r'"([0-9a-f]{32})"')


class ObjectMissing(Exception):
    """There is no object under this key."""


class StorageRefused(Exception):
    """Storage finds something wrong with a request (400); the text is the code of its answer."""


class ObjectChanged(Exception):
    """The object is not the one that was promised; it must not be used."""


@dataclass(frozen=True)
class StoredObject:
    """What was written."""

    key: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class ObjectFacts:
    """What storage says of an object, without its bytes."""

    size_bytes: int
    etag: str
    """Without quotes; the MD5 of what came in one piece."""
    content_type: str
    sha256: str | None = None
    """In hexadecimal; only if it was asked for, and came with a PUT that stated it."""


@dataclass(frozen=True)
class ListedObject:
    """What a listing says of an object."""

    key: str
    modified_at: datetime
    size_bytes: int
    etag: str
    """As ``ObjectFacts`` has it."""


class Storage(Protocol):
    """Objects under keys. Every wait has a limit; storage that does not answer raises ``Unavailable``.

    ``ObjectStorage`` keeps them in S3, ``joust_kit.testing.memory_store`` in memory; one suite of tests holds
    both to what is said here. Open it with ``async with``.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    async def put(
        self, key: str, body: AsyncIterable[bytes], *, size_bytes: int, content_type: str
    ) -> StoredObject:
        """Write an object of exactly ``size_bytes``. Writing the same key again replaces it."""
        ...

    def open(self, key: str) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The object's bytes in chunks. Raises ``ObjectMissing``.

        Where storage tells the MD5 of the whole object (as its ETag; S3 does so of one that came in one
        piece), bytes that changed on their way raise ``Unavailable`` behind the last chunk.
        """
        ...

    def open_part(
        self, key: str, part: tuple[int, int] | None
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Bytes of an object in chunks, from the first to the last of ``part``, both included, or all.

        Raises ``ObjectMissing``.
        """
        ...

    async def size_of(self, key: str) -> int:
        """Bytes of an object. Raises ``ObjectMissing``."""
        ...

    async def describe(self, key: str, *, with_checksum: bool = False) -> ObjectFacts:
        """What is known of an object, its SHA-256 only if it is asked for. Raises ``ObjectMissing``."""
        ...

    async def copy(self, source_key: str, key: str, *, content_type: str | None = None) -> None:
        """Write what lies under ``source_key`` under ``key``, within storage, as of another type if one is
        given. Raises ``ObjectMissing``."""
        ...

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        ...

    def list_objects(self, prefix: str) -> AsyncIterator[ListedObject]:
        """All objects whose key begins with ``prefix``, in the order of their keys."""
        ...

    def presigned_put(self, key: str, *, expires: timedelta, headers: Mapping[str, str] | None = None) -> str:
        """URL to which a client can PUT the object, at the public address; only with these headers as they
        are, if some are given."""
        ...

    def presigned_get(
        self, key: str, *, expires: timedelta, download_as: str | None = None, content_type: str | None = None
    ) -> str:
        """URL from which a client can GET the object, at the public address.

        With ``download_as`` a browser saves it under that name and does not show it.
        """
        ...

    async def ping(self) -> None:
        """Raises ``Unavailable`` if storage does not answer."""
        ...


class ObjectStorage:
    """One bucket in S3. Every wait has a limit; storage that does not answer raises ``Unavailable``."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._bucket = settings.s3_bucket
        self._inside = _signer(settings, settings.s3_endpoint_url)
        self._outside = _signer(settings, settings.s3_public_url or settings.s3_endpoint_url)
        self._endpoint = settings.s3_endpoint_url.rstrip("/")
        self._public_endpoint = (settings.s3_public_url or settings.s3_endpoint_url).rstrip("/")
        self._region = settings.s3_region
        secret_key = settings.s3_secret_key.get_secret_value()
        self._credentials = Credentials(settings.s3_access_key, secret_key)
        self._key = Key(settings.s3_access_key, secret_key, settings.s3_region)
        self._session: aiohttp.ClientSession | None = None
        self._clock = ToldClock()
        """Of storage, which refuses what seems to be signed too long ago or in the future."""

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=300, sock_connect=2, sock_read=10)
        # By default 64 KiB, so that chunks would be as small.
        self._session = aiohttp.ClientSession(timeout=timeout, read_bufsize=CHUNK_BYTES)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def put(
        self, key: str, body: AsyncIterable[bytes], *, size_bytes: int, content_type: str
    ) -> StoredObject:
        """Write an object of exactly ``size_bytes``. Writing the same key again replaces it."""
        digest = hashlib.sha256()

        async def counted() -> AsyncIterator[bytes]:
            async for chunk in body:
                digest.update(chunk)
                yield chunk

        url = self._presigned(self._inside, "PUT", key)
        headers = {"Content-Length": str(size_bytes), "Content-Type": content_type}
        async with self._request("PUT", url, data=counted(), headers=headers) as response:
            await response.read()
        return StoredObject(key, size_bytes, digest.hexdigest())

    @asynccontextmanager
    async def open(self, key: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The object's bytes in chunks, as they were stored. Raises ``ObjectMissing``."""
        url = self._presigned(self._inside, "GET", key)
        async with self._request("GET", url) as response:
            chunks = response.content.iter_chunked(CHUNK_BYTES)
            yield _as_stored(chunks, response.headers.get("ETag", ""))

    async def size_of(self, key: str) -> int:
        """Bytes of an object. Raises ``ObjectMissing``."""
        return (await self.describe(key)).size_bytes

    async def describe(self, key: str, *, with_checksum: bool = False) -> ObjectFacts:
        """What is known of an object, its SHA-256 only if it is asked for. Raises ``ObjectMissing``."""
        asked: dict[str, str] = {}
        if with_checksum:
            url = f"{self._endpoint}/{self._bucket}/{quote(key)}"
            asked = self._signed("HEAD", url, {checksums.MODE_HEADER: "ENABLED"})
        else:
            url = self._presigned(self._inside, "HEAD", key)
        async with self._request("HEAD", url, headers=asked) as response:
            headers = response.headers
            return ObjectFacts(
                int(headers["Content-Length"]),
                headers.get("ETag", "").strip('"'),
                headers.get("Content-Type", ""),
                checksums.in_hexadecimal(headers.get(checksums.SHA256_HEADER)),
            )

    async def copy(self, source_key: str, key: str, *, content_type: str | None = None) -> None:
        """Write what lies under ``source_key`` under ``key``, within storage, as of another type if one is
        given. Raises ``ObjectMissing``."""
        url = f"{self._endpoint}/{self._bucket}/{quote(key)}"
        # A presigned URL would not do: S3 wants these headers signed.
        wanted = {"x-amz-copy-source": f"/{self._bucket}/{quote(source_key)}"}
        if content_type is not None:
            wanted |= {"x-amz-metadata-directive": "REPLACE", "Content-Type": content_type}
        async with self._request("PUT", url, headers=self._signed("PUT", url, wanted)) as response:
            # S3 may begin with 200 and tell a failure in the body (API reference, CopyObject).
            answer = await response.read()
        if b"<CopyObjectResult" not in answer:
            raise Unavailable("Storage did not copy an object. Nothing was changed; try again.")

    async def delete(self, key: str) -> None:
        """Remove an object; one that is not there is fine."""
        url = self._presigned(self._inside, "DELETE", key)
        try:
            async with self._request("DELETE", url):
                pass
        except ObjectMissing:
            return

    @asynccontextmanager
    async def open_part(self, key: str, part: tuple[int, int] | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """Bytes of an object in chunks, from the first to the last of ``part``, both included, or all.

        Raises ``ObjectMissing``.
        """
        url = self._presigned(self._inside, "GET", key)
        headers = {} if part is None else {"Range": f"bytes={part[0]}-{part[1]}"}
        async with self._request("GET", url, headers=headers) as response:
            yield response.content.iter_chunked(CHUNK_BYTES)

    async def list_objects(self, prefix: str) -> AsyncIterator[ListedObject]:
        """All objects whose key begins with ``prefix``, in the order of their keys."""
        query = {"list-type": "2", "prefix": prefix}
        while True:
            page = await self.list_bucket(query)
            for each in page.iterfind("{*}Contents"):
                yield _listed(each)
            if page.findtext("{*}IsTruncated") != "true":
                return
            query["continuation-token"] = page.findtext("{*}NextContinuationToken") or ""

    def presigned_put(self, key: str, *, expires: timedelta, headers: Mapping[str, str] | None = None) -> str:
        """URL to which a client can PUT the object, at the public address; only with these headers as they
        are, if some are given."""
        if headers is not None:
            url = f"{self._public_endpoint}/{self._bucket}/{quote(key)}"
            return presign("PUT", url, headers, key=self._key, now=self._clock.now(), expires=expires)
        return self._presigned(self._outside, "PUT", key, expires=expires)

    def presigned_get(
        self, key: str, *, expires: timedelta, download_as: str | None = None, content_type: str | None = None
    ) -> str:
        """URL from which a client can GET the object, at the public address.

        With ``download_as`` a browser saves it under that name and does not show it.
        """
        answer_headers: dict[str, str] = {}
        if download_as is not None:
            answer_headers["response-content-disposition"] = (
                f"attachment; filename*=UTF-8''{quote(download_as, safe='')}"
            )
        if content_type is not None:
            answer_headers["response-content-type"] = content_type
        return self._presigned(self._outside, "GET", key, expires=expires, query=answer_headers)

    def presigned_call(self, method: str, key: str, query: Mapping[str, str], *, expires: timedelta) -> str:
        """URL of a request about an object with parameters that are signed too, at the public address."""
        return self._presigned(self._outside, method, key, expires=expires, query=query)

    @asynccontextmanager
    async def call(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """A request about an object with parameters. Raises ``ObjectMissing`` and ``StorageRefused``."""
        url = self._presigned(self._inside, method, key, query=query)
        sent = self._request(method, url, data=body or None, headers=dict(headers or {}), refusable=True)
        async with sent as response:
            yield response

    async def list_bucket(self, query: Mapping[str, str]) -> ElementTree.Element:
        """One page of a listing of the bucket, as storage writes it."""
        async with self._request("GET", self._presigned_listing(query)) as response:
            return ElementTree.fromstring(await response.text())  # noqa: S314 - storage is ours

    async def ping(self) -> None:
        """Raises ``Unavailable`` if storage does not answer."""
        url = self._presigned(self._inside, "HEAD", "ping")
        try:
            async with self._request("HEAD", url):
                pass
        except ObjectMissing:
            return

    def _presigned(
        self,
        signer: Minio,
        method: str,
        key: str,
        *,
        expires: timedelta = _INTERNAL_EXPIRY,
        query: Mapping[str, str] = MappingProxyType({}),
    ) -> str:
        parameters: dict[str, str | list[str] | tuple[str]] = {**query}
        url = signer.get_presigned_url(
            method,
            self._bucket,
            key,
            expires=expires,
            request_date=self._clock.now(),
            extra_query_params=parameters,
        )
        return str(url)

    def _signed(self, method: str, url: str, headers: Mapping[str, str]) -> dict[str, str]:
        now = self._clock.now()
        stated = {
            "Host": urlsplit(url).netloc,
            "x-amz-content-sha256": _NOTHING_SHA256,
            "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
            **headers,
        }
        signed = sign_v4_s3(
            method=method,
            url=urlsplit(url),
            region=self._region,
            headers=dict(stated),
            credentials=self._credentials,
            content_sha256=_NOTHING_SHA256,
            date=now,
        )
        return {name: str(value) for name, value in signed.items()}

    def _presigned_listing(self, query: Mapping[str, str]) -> str:
        # The library presigns requests for objects only.
        parameters = urlencode(sorted(query.items()), quote_via=quote)
        signed = presign_v4(
            method="GET",
            url=urlsplit(f"{self._endpoint}/{self._bucket}?{parameters}"),
            region=self._region,
            credentials=self._credentials,
            date=self._clock.now(),
            expires=int(_INTERNAL_EXPIRY.total_seconds()),
        )
        return urlunsplit(signed)

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        url: str,
        *,
        data: AsyncIterable[bytes] | bytes | None = None,
        headers: dict[str, str] | None = None,
        refusable: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        if self._session is None:
            raise RuntimeError("open the storage with 'async with' first")
        try:
            async with self._session.request(method, url, data=data, headers=headers) as response:
                self._clock.hear(response.headers.get("Date"))
                if response.status == 404:
                    raise ObjectMissing(urlsplit(url).path)
                if refusable and response.status == 400:
                    raise StorageRefused(code_of(await response.text()))
                if response.status >= 300:
                    raise Unavailable(f"Storage answered {response.status}. Nothing was changed; try again.")
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("storage does not answer", method=method, error=repr(error))
            raise Unavailable("Storage does not answer right now. Nothing was changed; try again.") from error


async def _as_stored(chunks: AsyncIterator[bytes], etag: str) -> AsyncIterator[bytes]:
    """All of ``chunks``. Raises ``Unavailable`` if they are not those whose MD5 storage tells."""
    stated = _MD5_ETAG.fullmatch(etag)
    digest = hashlib.md5(usedforsecurity=False)
    async for chunk in chunks:
        if stated is not None:
            digest.update(chunk)
        yield chunk
    if stated is not None and digest.hexdigest() != stated[1]:
        raise Unavailable("Bytes changed on their way from storage. Nothing was changed; try again.")


def code_of(answer: str) -> str:
    """The code of an answer that tells of an error, e.g. ``InvalidPart``; empty if it has none."""
    try:
        return ElementTree.fromstring(answer).findtext("Code") or ""  # noqa: S314 - storage is ours
    except ElementTree.ParseError:
        return ""


def _listed(contents: ElementTree.Element) -> ListedObject:
    return ListedObject(
        contents.findtext("{*}Key") or "",
        datetime.fromisoformat(contents.findtext("{*}LastModified") or ""),
        int(contents.findtext("{*}Size") or 0),
        (contents.findtext("{*}ETag") or "").strip('"'),
    )


async def as_promised(
    key: str, chunks: AsyncIterator[bytes], *, sha256: str, max_bytes: int
) -> AsyncIterator[bytes]:
    """Each of ``chunks``, of which none may be used before the end has come.

    Raises ``ObjectChanged`` as soon as there are more than ``max_bytes``, and behind the last chunk if they
    are not those of this SHA-256.
    """
    digest, size_bytes = hashlib.sha256(), 0
    async for chunk in chunks:
        size_bytes += len(chunk)
        if size_bytes > max_bytes:
            raise ObjectChanged(f"{key} has more than the expected {max_bytes} bytes")
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise ObjectChanged(f"{key} does not have the expected SHA-256")


def _signer(settings: ServiceSettings, url: str) -> Minio:
    parts = urlsplit(url)
    # With the region given, signing needs no request of its own.
    return Minio(
        endpoint=parts.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=parts.scheme == "https",
        region=settings.s3_region,
    )
