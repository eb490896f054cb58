"""Writes a migration on a scratch database, for developers who changed a model."""

import asyncio
import tempfile
from pathlib import Path

import asyncpg

from joust_embedded.settings import EmbeddedSettings
from joust_embedded.stack import Stack
from joust_kit.database import migrations


def write_migration(service: str, message: str) -> None:
    """Migrate an empty database, compare it with the models of ``service``, and write the difference."""
    with tempfile.TemporaryDirectory() as folder:
        settings = EmbeddedSettings(data_dir=Path(folder), gateway_port=0)
        with Stack.running(settings, services=()) as stack:
            dsn = f"{stack.database_dsn.rpartition('/')[0]}/scratch"
            asyncio.run(_make_database(stack.database_dsn, dsn, service))
            url = dsn.replace("postgresql://", "postgresql+asyncpg://")
            migrations.upgrade(f"joust_{service}", url)
            migrations.revision(f"joust_{service}", url, message)


async def _make_database(admin_dsn: str, dsn: str, service: str) -> None:
    admin = await asyncpg.connect(admin_dsn)
    await admin.execute("CREATE DATABASE scratch")
    await admin.close()
    scratch = await asyncpg.connect(dsn)
    await scratch.execute(f"CREATE SCHEMA {service}")
    await scratch.close()
