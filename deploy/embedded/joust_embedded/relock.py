"""Writes ``kafka_jars.lock`` for a Kafka version: ``python -m joust_embedded.relock 4.1.2``.

For developers who take a new version; it resolves the dependencies and downloads every jar.
"""

import hashlib
import sys
import tempfile
from pathlib import Path

from jgo.maven import MavenContext

from joust_embedded.kafka_cache import KAFKA_COORDINATE, LOCK_RESOURCE

# Kafka logs through slf4j 1.7 and brings no implementation of it; this one writes to stderr.
LOGGING_COORDINATE = "org.slf4j:slf4j-simple:1.7.36"


def relock(version: str) -> str:
    """Text of the lock file for a version of Kafka."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=60)
        wanted = [context.create_dependency(f"{KAFKA_COORDINATE}:{version}")]
        inputs, transitive = context.resolver.resolve(wanted)
        extra = context.create_dependency(LOGGING_COORDINATE)
        lines = []
        for dependency in (*inputs, *transitive, extra):
            content = Path(dependency.artifact.resolve()).read_bytes()
            name = f"{dependency.groupId}:{dependency.artifactId}:{dependency.version}"
            lines.append(f"{name} {hashlib.sha256(content).hexdigest()}")
    head = "# Jars of the embedded Kafka and their SHA-256, by `python -m joust_embedded.relock VERSION`."
    return "\n".join([head, *sorted(lines)]) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name(LOCK_RESOURCE).write_text(relock(sys.argv[1]))
