"""Each service's metadata, and the tables that the kit keeps in every schema."""

from dataclasses import dataclass

from faststream_outbox import make_dlq_table, make_outbox_table
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry

from joust_contracts.services import ServiceName

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass(frozen=True)
class KitTables:
    """Tables of the kit in one service's schema."""

    registry: registry
    """For the service's own models: ``class Base(SQLModel, registry=KIT.registry)``."""
    metadata: MetaData
    outbox: Table
    inbox: Table
    retries: Table
    idempotency_keys: Table
    jobs: Table
    dead_jobs: Table


def kit_tables(service: ServiceName) -> KitTables:
    """Metadata of ``service``'s schema with the tables that messaging, jobs and idempotency need."""
    metadata = MetaData(schema=service.value, naming_convention=NAMING_CONVENTION)
    return KitTables(
        registry=registry(metadata=metadata),
        metadata=metadata,
        outbox=_outbox(metadata),
        inbox=_inbox(metadata),
        retries=_retries(metadata),
        idempotency_keys=_idempotency_keys(metadata),
        # faststream-outbox names its NOTIFY channel after the table alone: one name for each service.
        jobs=make_outbox_table(metadata, table_name=f"{service.value}_jobs"),
        dead_jobs=make_dlq_table(metadata, table_name=f"{service.value}_dead_jobs"),
    )


def _outbox(metadata: MetaData) -> Table:
    """Events that were committed and not yet acknowledged by Kafka; the relay reads them by ``id``."""
    return Table(
        "outbox",
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=True),
        Column("topic", String(100), nullable=False),
        Column("ordering_key", Uuid, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


def _inbox(metadata: MetaData) -> Table:
    """Events that were handled; the mark commits with the handler's effect."""
    return Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("handled_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        # serves the pruning of old marks
        Index(None, "handled_at"),
    )


def _retries(metadata: MetaData) -> Table:
    """Events set aside because a handler failed, and those of the same key behind them, in order."""
    return Table(
        "inbox_retries",
        metadata,
        Column("id", BigInteger, primary_key=True, autoincrement=True),
        Column("event_id", Uuid, nullable=False),
        Column("ordering_key", Uuid, nullable=False),
        Column("topic", String(100), nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("last_error", String, nullable=False),
        Column("next_attempt_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        UniqueConstraint("event_id"),
        # finds the first event of a key
        Index(None, "ordering_key", "id"),
        # finds what is due
        Index(None, "next_attempt_at"),
    )


def _idempotency_keys(metadata: MetaData) -> Table:
    """Answers to requests that carried an Idempotency-Key, stored with the change they made."""
    return Table(
        "idempotency_keys",
        metadata,
        Column("scope_hash", LargeBinary, primary_key=True),
        Column("request_hash", LargeBinary, nullable=False),
        Column("status", Integer, nullable=True),
        Column("body", LargeBinary, nullable=True),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        # serves the pruning of expired keys
        Index(None, "created_at"),
    )
