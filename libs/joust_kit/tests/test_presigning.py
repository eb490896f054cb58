"""URLs whose headers are signed: as S3's documentation and the client library sign them."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from minio.credentials.credentials import Credentials
from minio.signer import presign_v4

from joust_kit.presigning import Key, presign

KEY = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")
NOW = datetime(2013, 5, 24, tzinfo=UTC)
URL = "https://examplebucket.s3.amazonaws.com/test.txt"
DAY = timedelta(days=1)


def signature_of(url: str) -> str:
    return url.rpartition("X-Amz-Signature=")[2]


def test_the_example_of_the_documentation_has_its_signature() -> None:
    signed = presign("GET", URL, {}, key=KEY, now=NOW, expires=DAY)
    assert signature_of(signed) == "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("path", ["/joust/a/b", "/joust/a%20b%2B"])
def test_without_headers_a_url_is_the_client_librarys(method: str, path: str) -> None:
    url = f"http://127.0.0.1:9000{path}"
    library = presign_v4(
        method=method,
        url=urlsplit(url),
        region=KEY.region,
        credentials=Credentials(KEY.access_key, KEY.secret_key),
        date=NOW,
        expires=int(DAY.total_seconds()),
    )
    signed = presign(method, url, {}, key=KEY, now=NOW, expires=DAY)
    assert signature_of(signed) == signature_of(library.geturl())


@pytest.mark.parametrize(
    "other",
    [
        {"Content-Type": "text/html", "Content-Length": "3"},
        {"Content-Type": "text/plain", "Content-Length": "4"},
        {"Content-Type": "text/plain"},
        {},
    ],
)
def test_other_headers_make_another_signature(other: dict[str, str]) -> None:
    headers = {"Content-Type": "text/plain", "Content-Length": "3"}
    signed = [presign("PUT", URL, each, key=KEY, now=NOW, expires=DAY) for each in (headers, other)]
    assert signature_of(signed[0]) != signature_of(signed[1])
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost" in signed[0]
