"""Settings that every service has. Each reads ``JOUST_<SERVICE>_…`` from the environment."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, PostgresDsn, SecretStr, UrlConstraints

from joust_kit.published_secrets import ProductionSettings

AsyncpgDsn = Annotated[PostgresDsn, UrlConstraints(allowed_schemes=["postgresql+asyncpg"])]


class ServiceSettings(ProductionSettings):
    """Where the parts are, and how patient to be with them."""

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)

    database_url: AsyncpgDsn
    database_pool_size: int = Field(default=20, ge=1, le=200)
    """Connections kept open once they were needed. Requests, handlers and jobs share them."""
    database_max_overflow: int = Field(default=10, ge=0, le=200)
    """More in a crush, closed again after each use: opening one costs more than most statements."""
    database_pool_timeout_seconds: float = Field(default=0.8, gt=0)
    """How long a request waits for a free connection. Then, or after one of the limits below, its caller gets
    a 503 and tries again; together they keep that below 2 s while PostgreSQL is silent."""
    database_connect_timeout_seconds: float = Field(default=0.9, gt=0)
    database_statement_timeout_seconds: float = Field(default=1.5, gt=0)
    """A statement that takes longer is given up, by the server or, if it is silent, a moment later here."""

    kafka_bootstrap_servers: str
    consumer_instance_id: str = ""
    """Names this process among those of its service, and its successors (static membership, KIP-345): the
    successor of one that was killed has its partitions at once, not after the group has missed it for 10 s.
    One that is told to stop gives them to the others.
    No two processes that run at once may have the same; empty is always safe."""
    consumer_batch_size: int = Field(default=200, ge=1, le=5000)
    consumer_concurrency: int = Field(default=8, ge=1, le=100)
    """Keys of one batch that are handled at the same time; each takes a database connection."""
    handler_timeout_seconds: float = Field(default=1.5, gt=0)
    """A handler that takes longer is set aside and tried again, so that other keys wait at most this long."""
    handler_max_attempts: int = Field(default=8, ge=1, le=100)
    """Then the event goes to the dead-letter topic. With the delays below that is about a minute."""
    handler_retry_first_delay_seconds: float = Field(default=0.2, gt=0)
    handler_retry_max_delay_seconds: float = Field(default=20, gt=0)
    job_longest_lease_seconds: float = Field(default=60, ge=1)
    """How long what a dead worker had in hand waits for another, at the most. No job asks for more; one that
    asks for more than is set here renews its lease while it runs."""
    relay_batch_size: int = Field(default=500, ge=1, le=10_000)

    idempotency_key_ttl: timedelta = timedelta(hours=24)
    inbox_retention: timedelta = timedelta(days=7)

    s3_endpoint_url: str = ""
    s3_public_url: str = ""
    """Address under which clients reach the object store; presigned URLs are made for it."""
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_bucket: str = "joust"
    s3_region: str = "us-east-1"

    actor_public_key: str = ""
    """Base64url of the gateway's raw Ed25519 public key; a token that it did not sign is refused."""

    max_body_bytes: int = Field(default=10_000_000, ge=1)
    """Bytes of a request body; more is refused before it is read whole."""
    max_body_marks: int = Field(default=100_000, ge=1)
    """Quotes, brackets, commas and the like of a body of JSON, outside of its texts. A submission of 10,000
    files, the most that any request has to say, takes six for each; a value of a workspace may have more."""
    max_kept_body_bytes: int = Field(default=30_000_000, ge=1)
    """Bytes of all request bodies that are in memory at once, beside the first 64 kB of each. A mark of JSON
    counts as twenty."""
    request_head_timeout_seconds: float = Field(default=10, gt=0)
    """A connection whose request line and headers take longer is closed."""
    answer_taking_timeout_seconds: float = Field(default=30, gt=0)
    """A connection whose client takes nothing of an answer for so long is closed."""
    max_connections: int = Field(default=5000, ge=1)
    """Open connections of clients; an eighth more are answered with 503, and all beyond are closed at once.
    The limit of open files may allow fewer."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    shutdown_timeout_seconds: int = Field(default=10, ge=1)

    @property
    def idempotency_pepper(self) -> bytes:
        """Secret that helps to encrypt stored answers; a service that has a secret key overrides this."""
        return b""
