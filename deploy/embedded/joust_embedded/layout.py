"""Names of everything below the data folder, and the checks that it can be used."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from joust_embedded.errors import StackError

MAX_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class Layout:
    """Paths below one data folder."""

    root: Path

    @property
    def postgres(self) -> Path:
        return self.root / "postgres"

    @property
    def kafka(self) -> Path:
        return self.root / "kafka"

    @property
    def s3(self) -> Path:
        return self.root / "s3"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def secrets_file(self) -> Path:
        return self.root / "secrets.json"

    @property
    def ports_file(self) -> Path:
        return self.root / "ports.json"

    @property
    def state_file(self) -> Path:
        return self.root / "stack.json"

    @property
    def lock_file(self) -> Path:
        return self.root / "lock"

    def log(self, name: str) -> Path:
        """Log file of one service or part."""
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Make the folders. Raises StackError when the data folder can't be written."""
        try:
            self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
            for folder in (self.kafka, self.s3, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            probe = self.root / f".write-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise StackError(
                f"The data folder {self.root} can't be written ({error.strerror}). "
                "Give another one with --data-dir or JOUST_EMBEDDED_DATA_DIR."
            ) from error

    def rotate_logs(self) -> None:
        """Set aside each log that has grown past 10 MB, in place of the one set aside before."""
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > MAX_LOG_BYTES:
                log.replace(log.with_name(f"{log.name}.1"))

    def remove(self) -> None:
        """Remove what the stack made, and the folder itself when nothing else is in it."""
        drafts = (self.postgres.with_name("postgres.new"),)
        for folder in (self.postgres, *drafts, self.kafka, self.s3, self.logs):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self.secrets_file, self.ports_file, self.state_file, self.lock_file):
            file.unlink(missing_ok=True)
        if self.root.is_dir() and not any(self.root.iterdir()):
            self.root.rmdir()


def broken(folder: Path, why: str) -> StackError:
    """The error for data that can't be used; it names the folder and the way out."""
    return StackError(
        f"The data in {folder} can't be used: {why}. "
        "`joust clean` removes the stack's data, and the next `joust up` starts afresh."
    )


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
