"""Alembic for all services: one history for each, in ``joust_<service>/migrations/versions``.

Migrations run as the owner of the schema; the
role of the running service can't change tables.
"""

import asyncio
from importlib import import_module
from importlib.resources import files
from typing import Any

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def upgrade(package: str, url: str) -> None:
    """Bring the schema of ``package`` (e.g. ``joust_task``) to its newest version.

    ``url``: of the schema's owner, with the driver asyncpg. Call it outside of an event loop.
    """
    command.upgrade(_config(package, url), "head")


def revision(package: str, url: str, message: str) -> None:
    """Write a new migration from the difference between the models and the database at ``url``."""
    versions = files(package) / "migrations" / "versions"
    count = sum(file.name.endswith(".py") for file in versions.iterdir())
    command.revision(_config(package, url), message=message, autogenerate=True, rev_id=f"{count + 1:04d}")


def differences(package: str, url: str) -> list[Any]:
    """What the models have and the migrated database at ``url`` has not, or the other way round."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415
    from alembic.migration import MigrationContext  # noqa: PLC0415

    metadata = metadata_of(package)

    def compare(connection: Connection) -> list[Any]:
        options = {"include_schemas": True, "include_name": _only(metadata)}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))

    async def go() -> list[Any]:
        engine = create_async_engine(url, poolclass=NullPool)
        async with engine.connect() as connection:
            return await connection.run_sync(compare)

    return asyncio.run(go())


def metadata_of(package: str) -> MetaData:
    """The tables of a service: ``joust_<service>.tables`` imports every model."""
    metadata = import_module(f"{package}.tables").METADATA
    assert isinstance(metadata, MetaData)  # noqa: S101
    return metadata


def run() -> None:
    """Body of Alembic's ``env.py``."""
    config = context.config
    metadata = metadata_of(config.get_main_option("joust_package") or "")
    asyncio.run(_migrate(config.get_main_option("sqlalchemy.url") or "", metadata))


def _config(package: str, url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("joust_kit") / "database" / "alembic"))
    config.set_main_option("version_locations", str(files(package) / "migrations" / "versions"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("joust_package", package)
    return config


async def _migrate(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_in_transaction, metadata)
        await connection.commit()
    await engine.dispose()


def _in_transaction(connection: Connection, metadata: MetaData) -> None:
    # A migration that can't get its lock must fail rather than queue up all traffic behind it.
    connection.execute(text("SET lock_timeout = '5s'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema=metadata.schema,
        include_schemas=True,
        include_name=_only(metadata),
    )
    with context.begin_transaction():
        # Two supervisors or replicas may start at once: one migrates, the other waits and finds it done.
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:schema))"), {"schema": metadata.schema}
        )
        context.run_migrations()


def _only(metadata: MetaData) -> Any:
    def include(name: str | None, kind: str, _parents: Any) -> bool:
        if kind == "table":
            return name != "alembic_version"
        return kind != "schema" or name == metadata.schema

    return include
