"""Idempotency keys: a request that comes again gets the first answer, and acts only once.

The key is inserted in the transaction of the change, and the answer is stored with it, so that there is no
moment at which one exists without the other. A second request that comes meanwhile is told to wait.

An answer may hold what is shown only once, such as a secret. So it is stored encrypted, with a key made from
the caller's Idempotency-Key, of which the table keeps only a hash: who reads the table can't read the answer.
A caller's key that can be guessed would protect little by itself; a service with a secret of its own adds it
(``ServiceSettings.idempotency_pepper``).
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from joust_contracts.services import ServiceName
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import IdempotencyKeyInUse, IdempotencyKeyReused, Invalid

MAX_KEY_LENGTH = 255
_NONCE_BYTES = 12
_ANSWER_KEY_LABEL = b"joust idempotency answer v1"

_CLAIM = {
    service.value: text(
        f"""
        WITH lock AS MATERIALIZED (SELECT pg_try_advisory_xact_lock(:lock) AS taken),
        claimed AS (
            INSERT INTO {service.value}.idempotency_keys (scope_hash, request_hash)
            SELECT CAST(:scope_hash AS bytea), CAST(:request_hash AS bytea) FROM lock WHERE taken
            ON CONFLICT (scope_hash) DO UPDATE
            SET request_hash = excluded.request_hash, status = NULL, body = NULL, created_at = now()
            WHERE idempotency_keys.created_at < now() - CAST(:lifetime AS interval)
            RETURNING scope_hash
        )
        SELECT taken, EXISTS (SELECT FROM claimed) FROM lock
        """  # noqa: S608 - the schema's name is a constant of ours
    )
    for service in ServiceName
}


@dataclass(frozen=True)
class StoredAnswer:
    """The answer to the first request with a key."""

    status: int
    body: bytes


@dataclass(frozen=True)
class IdempotencyKey:
    """A caller's key for one request. Keys of different accounts or routes never meet."""

    scope_hash: bytes
    request_hash: bytes
    answer_key: bytes = field(repr=False)
    """Encrypts the answer; is nowhere stored."""

    @classmethod
    def of(
        cls, key: str, *, account_id: UUID, method: str, path: str, body: bytes, pepper: bytes = b""
    ) -> "IdempotencyKey":
        """``pepper``: a secret of the service, mixed into the key that encrypts the answer.

        Raises ``Invalid`` for a key that is empty or too long.
        """
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise Invalid(idempotency_key=f"1 to {MAX_KEY_LENGTH} characters")
        scope = hashlib.sha256(f"{account_id}\n{method}\n{path}\n{key}".encode()).digest()
        secret = hmac.digest(pepper, key.encode(), "sha256")
        answer_key = hmac.digest(secret, _ANSWER_KEY_LABEL + scope, "sha256")
        return cls(scope, hashlib.sha256(body).digest(), answer_key)

    async def claim(self, unit: UnitOfWork, tables: KitTables, lifetime: timedelta) -> StoredAnswer | None:
        """Take the key for this transaction; the stored answer if the request was answered before.

        Raises ``IdempotencyKeyInUse`` while another transaction has it, ``IdempotencyKeyReused`` if it
        came with another body, or if the answer can't be decrypted any more (the pepper changed).
        """
        keys = tables.idempotency_keys
        # One statement locks and inserts; without the lock the insert would wait for the other transaction
        # instead of answering at once.
        claimed = await unit.session.execute(
            _CLAIM[str(tables.metadata.schema)],
            {
                "lock": int.from_bytes(self.scope_hash[:8], "big", signed=True),
                "scope_hash": self.scope_hash,
                "request_hash": self.request_hash,
                "lifetime": lifetime,
            },
        )
        locked, inserted = claimed.one()
        if not locked:
            raise IdempotencyKeyInUse()
        if inserted:
            return None
        stored = await unit.session.execute(select(keys).where(keys.c.scope_hash == self.scope_hash))
        answer = stored.one()
        return self._answer(bytes(answer.request_hash), answer.status, bytes(answer.body))

    async def find(
        self, session: AsyncSession, tables: KitTables, lifetime: timedelta
    ) -> StoredAnswer | None:
        """The stored answer if the request was answered before. Raises ``IdempotencyKeyReused``."""
        keys = tables.idempotency_keys
        mine = select(keys).where(
            keys.c.scope_hash == self.scope_hash, keys.c.created_at >= func.now() - lifetime
        )
        answer = (await session.execute(mine)).one_or_none()
        if answer is None:
            return None
        return self._answer(bytes(answer.request_hash), answer.status, bytes(answer.body))

    def store(self, unit: UnitOfWork, answer: StoredAnswer) -> None:
        """Keep the answer, encrypted, for requests to come."""
        unit.keep_answer(self.scope_hash, answer.status, self._encrypt(answer.status, answer.body))

    def _answer(self, request_hash: bytes, status: int, body: bytes) -> StoredAnswer:
        if request_hash != self.request_hash:
            raise IdempotencyKeyReused()
        return StoredAnswer(status, self._decrypt(status, body))

    def _encrypt(self, status: int, body: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self.answer_key).encrypt(nonce, body, self._context(status))

    def _decrypt(self, status: int, stored: bytes) -> bytes:
        nonce, encrypted = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
        try:
            return AESGCM(self.answer_key).decrypt(nonce, encrypted, self._context(status))
        except (InvalidTag, ValueError) as error:
            raise IdempotencyKeyReused(
                "The first request with this Idempotency-Key was carried out, but its answer can't be shown "
                "any more. Look at what it made, or use a new key for a new request."
            ) from error

    def _context(self, status: int) -> bytes:
        """What the stored answer belongs to: in another row or with another status it is not readable."""
        return self.scope_hash + str(status).encode()
