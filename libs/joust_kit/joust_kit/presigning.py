"""URLs by which a client may send one request to S3, with headers that are part of the signature.

AWS Signature Version 4 (S3 API reference, "Authenticating Requests: Using Query Parameters"). The minio
library presigns URLs whose requests may have any headers; a header that is signed must come as it is, so that
storage refuses another size, another type, or another checksum.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import reduce
from typing import NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_UNRESERVED = "-_.~"


class Key(NamedTuple):
    """Who signs, and where it holds."""

    access_key: str
    secret_key: str
    region: str


def presign(
    method: str, url: str, headers: Mapping[str, str], *, key: Key, now: datetime, expires: timedelta
) -> str:
    """``url``, which has no query, signed for a request with these headers and any body."""
    parts = urlsplit(url)
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed["host"] = parts.netloc
    names = sorted(signed)
    moment, scope = now.strftime("%Y%m%dT%H%M%SZ"), f"{now:%Y%m%d}/{key.region}/s3/aws4_request"
    query = "&".join(
        f"{name}={quote(value, safe=_UNRESERVED)}"
        for name, value in (
            ("X-Amz-Algorithm", _ALGORITHM),
            ("X-Amz-Credential", f"{key.access_key}/{scope}"),
            ("X-Amz-Date", moment),
            ("X-Amz-Expires", str(int(expires.total_seconds()))),
            ("X-Amz-SignedHeaders", ";".join(names)),
        )
    )
    lines = [f"{name}:{signed[name]}" for name in names]
    request = "\n".join((method, parts.path, query, *lines, "", ";".join(names), "UNSIGNED-PAYLOAD"))
    digest = hashlib.sha256(request.encode()).hexdigest()
    signature = _mac(_key_of_day(key, scope), "\n".join((_ALGORITHM, moment, scope, digest))).hex()
    return urlunsplit(parts._replace(query=f"{query}&X-Amz-Signature={signature}"))


def _key_of_day(key: Key, scope: str) -> bytes:
    return reduce(_mac, scope.split("/"), f"AWS4{key.secret_key}".encode())


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
