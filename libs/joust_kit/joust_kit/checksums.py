"""Checksums that a client states and storage compares with what arrives (S3 User Guide, "Checking object
integrity"): in hexadecimal here, in base64 in headers."""

import base64
import binascii

MD5_HEADER = "Content-MD5"
SHA256_HEADER = "x-amz-checksum-sha256"
MODE_HEADER = "x-amz-checksum-mode"
"""With ``ENABLED`` storage tells the checksum that an object came with."""


def as_header(hexadecimal: str) -> str:
    """As a header states it."""
    return base64.b64encode(bytes.fromhex(hexadecimal)).decode()


def in_hexadecimal(header: str | None) -> str | None:
    """What a header states; ``None`` if it states none, or that of parts (``…-2``)."""
    if header is None:
        return None
    try:
        return base64.b64decode(header, validate=True).hex()
    except binascii.Error:
        return None
