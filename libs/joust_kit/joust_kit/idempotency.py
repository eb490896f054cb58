"""Idempotency keys: a request that comes again gets the first answer, and acts only once.

The key is inserted in the transaction of the change, and the answer is stored with it, so that there is no
moment at which one exists without the other. A second request that comes meanwhile is told to wait.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, text, update

from joust_contracts.services import ServiceName
from joust_kit.database.tables import KitTables
from joust_kit.database.unit_of_work import UnitOfWork
from joust_kit.errors import IdempotencyKeyInUse, IdempotencyKeyReused, Invalid

MAX_KEY_LENGTH = 255


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

    @classmethod
    def of(cls, key: str, *, account_id: UUID, method: str, path: str, body: bytes) -> "IdempotencyKey":
        """Raises ``Invalid`` for a key that is empty or too long."""
        if not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise Invalid(idempotency_key=f"1 to {MAX_KEY_LENGTH} characters")
        scope = hashlib.sha256(f"{account_id}\n{method}\n{path}\n{key}".encode()).digest()
        return cls(scope, hashlib.sha256(body).digest())

    async def claim(self, unit: UnitOfWork, tables: KitTables, lifetime: timedelta) -> StoredAnswer | None:
        """Take the key for this transaction; the stored answer if the request was answered before.

        Raises ``IdempotencyKeyInUse`` while another transaction has it, ``IdempotencyKeyReused`` if it
        came with another body.
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
        if bytes(answer.request_hash) != self.request_hash:
            raise IdempotencyKeyReused()
        return StoredAnswer(answer.status, bytes(answer.body))

    async def store(self, unit: UnitOfWork, tables: KitTables, answer: StoredAnswer) -> None:
        """Keep the answer for requests to come."""
        keys = tables.idempotency_keys
        mine = update(keys).where(keys.c.scope_hash == self.scope_hash)
        await unit.session.execute(mine.values(status=answer.status, body=answer.body))
