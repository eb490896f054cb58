"""Database, roles and schemas: each service alone in a schema that another role owns and migrates."""

from collections.abc import Iterator, Mapping
from typing import Protocol

import asyncpg

from joust_embedded.context import DATABASE
from joust_embedded.settings import SERVICES


class Passwords(Protocol):
    """Of the two roles of each service."""

    @property
    def owner_passwords(self) -> Mapping[str, str]:
        """By service, of the role that owns its schema."""

    @property
    def service_passwords(self) -> Mapping[str, str]:
        """By service, of the role with which it runs."""


async def provision(admin_dsn: str, passwords: Passwords) -> None:
    """Bring the server to what the services expect; changes nothing that is so already.

    Passwords are set again at every start. ``admin_dsn`` names a superuser and the database ``postgres``.
    """
    connection = await asyncpg.connect(admin_dsn)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        known = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    finally:
        await connection.close()
    connection = await asyncpg.connect(admin_dsn, database=DATABASE)
    try:
        async with connection.transaction():
            await connection.execute(";\n".join(_statements(passwords, known)))
    finally:
        await connection.close()


def _statements(passwords: Passwords, known: set[str]) -> Iterator[str]:
    for database in (DATABASE, "postgres", "template1"):
        yield f"REVOKE CONNECT, CREATE ON DATABASE {database} FROM PUBLIC"
    yield "REVOKE ALL ON SCHEMA public FROM PUBLIC"
    for service in SERVICES:
        owner, runtime = f"joust_{service}_owner", f"joust_{service}"
        yield _role(owner, passwords.owner_passwords[service], owner in known)
        yield _role(runtime, passwords.service_passwords[service], runtime in known)
        yield from _schema(service, owner, runtime)


def _role(name: str, password: str, exists: bool) -> str:
    verb = "ALTER" if exists else "CREATE"
    return f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{password}'"


def _schema(schema: str, owner: str, runtime: str) -> Iterator[str]:
    for role in (owner, runtime):
        yield f"GRANT CONNECT ON DATABASE {DATABASE} TO {role}"
        yield f"ALTER ROLE {role} IN DATABASE {DATABASE} SET search_path = {schema}"
    yield f"CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}"
    yield f"REVOKE ALL ON SCHEMA {schema} FROM PUBLIC"
    yield f"GRANT USAGE ON SCHEMA {schema} TO {runtime}"
    grant = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} GRANT"
    yield f"{grant} SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO {runtime}"
    yield f"{grant} USAGE, SELECT ON SEQUENCES TO {runtime}"
    yield f"{grant} EXECUTE ON FUNCTIONS TO {runtime}"
