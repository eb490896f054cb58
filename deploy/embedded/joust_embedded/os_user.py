"""The unprivileged user that PostgreSQL runs as when the supervisor is root, which PostgreSQL refuses."""

import fcntl
import os
import pwd
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from joust_embedded.errors import StackError

USER_NAME = "embedded_postgres"
FOLDER_OF_USERS = Path("/etc")


@dataclass(frozen=True)
class OsUser:
    """A user of the operating system."""

    uid: int
    gid: int


def unprivileged() -> OsUser | None:
    """The user to run PostgreSQL as: None when the supervisor isn't root. Makes the user when needed."""
    if os.geteuid() != 0:
        return None
    entry = _existing() or _create()
    return OsUser(entry.pw_uid, entry.pw_gid)


def _existing() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(USER_NAME)
    except KeyError:
        return None


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of two ``useradd`` at once, by stacks that start together, the later gives the user another id."""
    descriptor = os.open(FOLDER_OF_USERS, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create() -> pwd.struct_passwd:
    with _one_at_a_time():
        return _existing() or _added()


def _added() -> pwd.struct_passwd:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER_NAME]
    try:
        subprocess.run(command, check=True, capture_output=True)
        return pwd.getpwnam(USER_NAME)
    except (OSError, KeyError, subprocess.SubprocessError) as error:
        raise StackError(
            f"PostgreSQL doesn't run as root, and the user {USER_NAME} could not be made ({error}). "
            f"Make it by hand (`useradd --system {USER_NAME}`), or run joust as an ordinary user."
        ) from error


def own(path: Path, user: OsUser | None) -> None:
    """Give a folder to the user, and let the user reach it."""
    if user is None:
        return
    os.chown(path, user.uid, user.gid)
    make_reachable(path, user)


def make_reachable(path: Path, user: OsUser | None) -> None:
    """Let the user pass through every folder above ``path``; only folders that block it are changed.

    Passing through (o+x) does not let anybody list a folder.
    """
    if user is None:
        return
    for folder in path.resolve().parents:
        if not _passable(folder.stat(), user):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) | stat.S_IXOTH)


def _passable(status: os.stat_result, user: OsUser) -> bool:
    if status.st_uid == user.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == user.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
