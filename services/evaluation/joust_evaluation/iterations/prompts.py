"""The hash by which a prompt is known. Pure."""

import hashlib


def sha256_of(instructions: str, text: str) -> str:
    """SHA-256 of both, one after the other, in hexadecimal."""
    return hashlib.sha256(instructions.encode() + text.encode()).hexdigest()
