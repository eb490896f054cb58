"""Images of what watches the stack: the official ones, or what stands for them where no registry can be reached."""

import os

from joust_embedded.errors import StackError
from joust_testing.compose import docker

_PROMETHEUS = "prom/prometheus:v3.7.3"
_JAEGER = "jaegertracing/jaeger:2.11.0"
_OURS = "joust-tests/prometheus:1"
_DOCKERFILE = """
FROM debian:trixie-slim
RUN apt-get update \\
 && apt-get install --yes --no-install-recommends prometheus \\
 && rm -rf /var/lib/apt/lists/* \\
 && install -d -o nobody -g nogroup /prometheus
USER nobody
EXPOSE 9090
ENTRYPOINT ["prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
"""
_PULL_SECONDS, _BUILD_SECONDS = 120, 240


def prometheus_image() -> str:
    """Name of an image that is there; one of Debian's package if need be. Raises StackError."""
    try:
        return _official("JOUST_PROMETHEUS_IMAGE", _PROMETHEUS)
    except StackError:
        if not _is_there(_OURS):
            docker("build", "--tag", _OURS, "-", given=_DOCKERFILE, timeout_seconds=_BUILD_SECONDS)
        return _OURS


def jaeger_image() -> str:
    """Name of an image that is there. Raises StackError."""
    return _official("JOUST_JAEGER_IMAGE", _JAEGER)


def _official(variable: str, name: str) -> str:
    chosen = os.environ.get(variable, name)
    if not _is_there(chosen):
        docker("pull", "--quiet", chosen, timeout_seconds=_PULL_SECONDS)
    return chosen


def _is_there(image: str) -> bool:
    try:
        docker("image", "inspect", image)
    except StackError:
        return False
    return True
