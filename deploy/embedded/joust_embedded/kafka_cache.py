"""Kafka's jars in the cache that all stacks of a user share, and the AOT cache that halves its start."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from joust_embedded.java import java_version

KAFKA_COORDINATE = "org.apache.kafka:kafka_2.13"
LOCK_RESOURCE = "kafka_jars.lock"


@dataclass(frozen=True)
class LockedJar:
    """One jar of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def locked_jars() -> list[LockedJar]:
    """Every jar that the broker needs, by version and checksum; module ``relock`` makes the list."""
    return list(_parsed(files("joust_embedded").joinpath(LOCK_RESOURCE).read_text()))


def _parsed(text: str) -> Iterator[LockedJar]:
    for line in text.splitlines():
        if line and not line.startswith("#"):
            coordinate, sha256 = line.split()
            group, artifact, version = coordinate.split(":")
            yield LockedJar(group, artifact, version, sha256)


class KafkaCache:
    """Paths of one Kafka version in the cache."""

    def __init__(self, cache_dir: Path) -> None:
        self.locked = locked_jars()
        self.version = next(jar.version for jar in self.locked if jar.coordinate.startswith(KAFKA_COORDINATE))
        self.root = cache_dir / f"kafka-{self.version}"
        self.jars_dir = self.root / "jars"
        self.aot = self.root / f"kafka-java-{java_version()}.aot"
        self.no_aot = self.aot.with_suffix(".failed")

    @property
    def jars(self) -> list[Path]:
        """Classpath in the order of the lock file."""
        return [self.jars_dir / jar.file_name for jar in self.locked]

    def missing(self) -> list[LockedJar]:
        """Jars that are not there yet."""
        return [jar for jar in self.locked if not (self.jars_dir / jar.file_name).is_file()]

    def is_complete(self) -> bool:
        """Whether nothing is left to download or to train."""
        return not self.missing() and (self.aot.exists() or self.no_aot.exists())

    def java_flags(self) -> list[str]:
        """Use the AOT cache when there is one; Java ignores one that doesn't fit."""
        return (
            [f"-XX:AOTCache={self.aot}", "-Xlog:disable", "-Xlog:all=error:stderr"]
            if self.aot.exists()
            else []
        )
