"""Prepares PostgreSQL, Kafka and S3 that run already for the services: ``python -m joust_embedded.prepare``.

Roles, schemas and their migrations, topics, the bucket. All of it may be there already, so it runs before
every start. Addresses and secrets come from ``JOUST_PREPARE_…``; the superuser's and the owners' passwords
are needed here alone.
"""

import asyncio
import sys
from io import BytesIO
from typing import Annotated
from urllib.parse import urlsplit

import asyncpg
from minio import Minio
from minio.error import S3Error
from pydantic import Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import SettingsConfigDict
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from joust_embedded.context import DATABASE
from joust_embedded.errors import StackError
from joust_embedded.provision import provision
from joust_embedded.settings import SERVICES
from joust_embedded.topics import create_topics
from joust_kit.published_secrets import ProductionSettings

Password = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]{8,128}$")]
"""It stands in addresses and in SQL, so it has no character that means something there."""
_HELD = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_TRIAL = "trial-of-prepare"


class PrepareSettings(ProductionSettings):
    """Where the parts are, and the passwords that the services' roles get."""

    model_config = SettingsConfigDict(env_prefix="JOUST_PREPARE_")

    postgres_address: str
    """``host:port``."""
    postgres_password: Password
    """Of the superuser ``postgres``."""
    owner_password: Password
    """Of the roles that own the schemas."""
    service_passwords: dict[str, Password]
    """Of the roles with which services run, as JSON by service."""
    kafka_bootstrap_servers: str
    kafka_partitions: int = Field(default=3, ge=1, le=100)
    """Of each service's topic. More processes of a service than that have nothing to read."""
    s3_endpoint_url: str
    s3_access_key: str
    s3_secret_key: SecretStr
    s3_bucket: str = "joust"
    timeout_seconds: float = Field(default=60, gt=0)

    @property
    def owner_passwords(self) -> dict[str, Password]:
        """By service."""
        return dict.fromkeys(SERVICES, self.owner_password)

    @property
    def admin_dsn(self) -> str:
        """Superuser's DSN of the database ``postgres``."""
        return f"postgresql://postgres:{self.postgres_password}@{self.postgres_address}/postgres"

    def owner_url(self, service: str) -> str:
        """SQLAlchemy URL of the role that owns a service's schema."""
        address = f"{self.postgres_address}/{DATABASE}"
        return f"postgresql+asyncpg://joust_{service}_owner:{self.owner_password}@{address}"


def prepare(settings: PrepareSettings) -> None:
    """Do all of it, in order. Raises StackError that names what failed."""
    missing = set(SERVICES) - set(settings.service_passwords)
    if missing:
        raise StackError(f"JOUST_PREPARE_SERVICE_PASSWORDS has none for {', '.join(sorted(missing))}.")
    try:
        asyncio.run(provision(settings.admin_dsn, settings))
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise StackError(f"PostgreSQL at {settings.postgres_address} was not provisioned: {error}") from error
    _migrate(settings)
    limit = settings.timeout_seconds
    asyncio.run(create_topics(settings.kafka_bootstrap_servers, settings.kafka_partitions, limit))
    _make_bucket(settings)


def _migrate(settings: PrepareSettings) -> None:
    # Imported here: it is slow, and what fails before needs it not.
    from joust_kit.database.migrations import upgrade  # noqa: PLC0415

    for service in SERVICES:
        upgrade(f"joust_{service}", settings.owner_url(service))
        print(f"migrated {service}", flush=True)


def _make_bucket(settings: PrepareSettings) -> None:
    address = urlsplit(settings.s3_endpoint_url)
    client = Minio(
        endpoint=address.netloc,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
        secure=address.scheme == "https",
        http_client=PoolManager(
            timeout=Timeout(settings.timeout_seconds), retries=Retry(total=5, backoff_factor=0.2)
        ),
    )
    try:
        _unless_held(client, settings.s3_bucket)
        # The first object makes storage allocate room, which takes seconds on a busy machine: not an agent's.
        client.put_object(bucket_name=settings.s3_bucket, object_name=_TRIAL, data=BytesIO(b"1"), length=1)
        client.remove_object(bucket_name=settings.s3_bucket, object_name=_TRIAL)
    except S3Error as error:
        raise StackError(f"The bucket {settings.s3_bucket} can't be made or filled: {error.code}.") from error
    except HTTPError as error:
        raise StackError(f"S3 at {settings.s3_endpoint_url} does not answer: {error}") from error


def _unless_held(client: Minio, bucket: str) -> None:
    try:
        client.make_bucket(bucket_name=bucket)
    except S3Error as error:
        if error.code not in _HELD:
            raise


def main() -> int:
    """Entry point; returns the exit code."""
    try:
        prepare(PrepareSettings())
    except ValidationError as error:
        # Without the values: some are secrets.
        wrong = "; ".join(
            f"JOUST_PREPARE_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" if e["loc"] else e["msg"]
            for e in error.errors()
        )
        print(wrong, file=sys.stderr)
        return 1
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    print("PostgreSQL, Kafka and S3 are ready for the services.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
