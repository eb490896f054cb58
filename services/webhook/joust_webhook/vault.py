"""Secrets of endpoints: made here, and encrypted before they reach the database."""

import base64
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

_SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64 bytes ("Signature scheme")."""
_REMEMBERED = 10_000
"""Secrets, at some 300 bytes each."""


class UnreadableSecret(Exception):
    """A stored secret was encrypted under a key that is not among ``secrets_key`` any more."""


class Vault:
    """Encrypts under the first key and decrypts under any, so that keys can be changed while in use."""

    def __init__(self, keys: SecretStr) -> None:
        """``keys``: Fernet keys, separated by commas. Raises ``ValueError`` if one is none."""
        parts = [part.strip() for part in keys.get_secret_value().split(",")]
        try:
            self._fernet = MultiFernet([Fernet(part) for part in parts])
        except ValueError as error:
            message = (
                "each key must be 32 random bytes in URL-safe base64; make one with Fernet.generate_key()"
            )
            raise ValueError(message) from error
        self._remembered = lru_cache(_REMEMBERED)(self._read)

    def encrypt(self, secret: str) -> bytes:
        """What may be stored."""
        return self._fernet.encrypt(secret.encode())

    def decrypt(self, stored: bytes) -> str:
        """The secret, remembered because each attempt asks for it. Raises ``UnreadableSecret``."""
        return self._remembered(stored)

    def _read(self, stored: bytes) -> str:
        try:
            return self._fernet.decrypt(stored).decode()
        except InvalidToken as error:
            raise UnreadableSecret("no key in JOUST_WEBHOOK_SECRETS_KEY decrypts it") from error


def new_secret() -> str:
    """A signing secret in the form of Standard Webhooks: ``whsec_`` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
