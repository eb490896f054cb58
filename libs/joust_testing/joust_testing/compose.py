"""The stack in containers, brought up and down by ``docker compose``."""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from joust_embedded.errors import StackError
from joust_embedded.forward import LISTENS
from joust_embedded.ports import any_free
from joust_embedded.settings import SERVICES

_HOST = "127.0.0.1"
_PORTS = ("GATEWAY", "GATEWAY_2", "POSTGRES", "KAFKA", "S3", "VALKEY", "PROMETHEUS", "JAEGER")
_SAID_AT_MOST = 3000
_FORWARDS_WITHIN_SECONDS = 60.0
_PAUSE_SECONDS = 0.2


class ComposeStack:
    """One project of a compose file, on free ports of its own.

    ``variables`` are those of ``.env.example``, and any setting of a service, ``JOUST_<SERVICE>_…``. What the
    file at hand sets in ``.env`` does not count.
    """

    def __init__(
        self,
        compose_file: Path,
        *,
        project: str,
        variables: Mapping[str, str] | None = None,
        profiles: Sequence[str] = (),
    ) -> None:
        ports = any_free(_HOST, len(_PORTS))
        self.ports = dict(zip(map(str.lower, _PORTS), ports, strict=True))
        self._file = compose_file
        self._project = project
        self._profiles = tuple(profiles)
        numbered = {f"JOUST_{name}_PORT": str(port) for name, port in zip(_PORTS, ports, strict=True)}
        self._variables = {**(variables or {}), **numbered}

    @property
    def gateway_url(self) -> str:
        """Base URL of the public API."""
        return f"http://{_HOST}:{self.ports['gateway']}"

    @property
    def second_gateway_url(self) -> str:
        """Of the second gateway, in the profile ``replicas``."""
        return f"http://{_HOST}:{self.ports['gateway_2']}"

    @property
    def prometheus_url(self) -> str:
        """Of Prometheus, in the profile ``observability``."""
        return f"http://{_HOST}:{self.ports['prometheus']}"

    @property
    def jaeger_url(self) -> str:
        """Of Jaeger, in the profile ``observability``."""
        return f"http://{_HOST}:{self.ports['jaeger']}"

    @property
    def database_dsn(self) -> str:
        """Superuser's DSN."""
        password = self._variables.get("JOUST_POSTGRES_PASSWORD", "joust-local-only")
        return f"postgresql://postgres:{password}@{_HOST}:{self.ports['postgres']}/joust"

    @property
    def kafka_bootstrap(self) -> str:
        """``host:port`` of Kafka."""
        return f"localhost:{self.ports['kafka']}"

    def up(self, *, timeout_seconds: float = 600) -> None:
        """Build what is missing, start, prepare, and return once all is healthy. Raises StackError."""
        self.compose("up", "--wait", "--quiet-pull", timeout_seconds=timeout_seconds)

    def down(self) -> None:
        """Remove its containers, networks and data."""
        # What ``compose run`` started is none of its services, and would stay.
        own = f"label=com.docker.compose.project={self._project}"
        if started := docker("ps", "--all", "--quiet", "--filter", own).split():
            docker("rm", "--force", "--volumes", *started)
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5", timeout_seconds=120)

    def container_of(self, service: str) -> str:
        """Id of a service's container. Raises StackError if it has none."""
        found = self.compose("ps", "--quiet", service).strip()
        if not found:
            raise StackError(f"{service} has no container.")
        return found.splitlines()[0]

    def host_address(self) -> str:
        """Under which containers reach this machine. Raises StackError."""
        return docker(
            "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}"
        ).strip()

    def forward_to_host(self, port: int) -> None:
        """Have the webhook service's own loopback lead to ``port`` of this machine, until the stack is down.

        It sends to loopback or to public addresses alone, and this machine is neither to a container.
        """
        command = ("joust_embedded.forward", str(port), f"{self.host_address()}:{port}")
        container = self.compose("run", "--detach", "--no-deps", "--rm", "play", *command).split()[-1]
        give_up_at = time.monotonic() + _FORWARDS_WITHIN_SECONDS
        while LISTENS not in docker("logs", container):
            if time.monotonic() > give_up_at:
                raise StackError(f"Port {port} was not passed on within {_FORWARDS_WITHIN_SECONDS:g} s.")
            time.sleep(_PAUSE_SECONDS)

    def compose(self, *arguments: str, timeout_seconds: float = 120) -> str:
        """Run ``docker compose`` on the project; its output. Raises StackError with what it said."""
        profiles = [word for profile in self._profiles for word in ("--profile", profile)]
        files = ("--file", str(self._file), "--file", "-")
        command = ("compose", *files, "--env-file", os.devnull, "--project-name", self._project)
        try:
            return docker(
                *command,
                *profiles,
                *arguments,
                variables=self._variables,
                given=json.dumps({"services": self._settings()}),
                timeout_seconds=timeout_seconds,
            )
        except StackError as error:
            if arguments[0] == "up":
                raise StackError(f"{error}\n{self._last_words()}") from None
            raise

    def _settings(self) -> dict[str, dict[str, dict[str, str]]]:
        """For a second compose file: what is set for services and is no variable of the first."""
        described = self._file.read_text()
        return {
            process: {"environment": self._settings_of(service, described)}
            for service in SERVICES
            for process in (service, f"{service}-2")
            if re.search(rf"^  {process}:", described, re.MULTILINE)
        }

    def _settings_of(self, service: str, described: str) -> dict[str, str]:
        prefix = f"JOUST_{service.upper()}_"
        # Compose would take a dollar sign for the beginning of a variable.
        return {
            name: value.replace("$", "$$")
            for name, value in self._variables.items()
            if name.startswith(prefix) and f"${{{name}:" not in described
        }

    def _last_words(self) -> str:
        try:
            return self.compose("logs", "--no-color", "--tail", "15", timeout_seconds=30)[
                -2 * _SAID_AT_MOST :
            ]
        except StackError as error:
            return str(error)


@contextmanager
def running_compose(stack: ComposeStack) -> Iterator[ComposeStack]:
    """The stack for the length of the block, removed with its data afterwards, also after a failed start."""
    try:
        stack.up()
        yield stack
    finally:
        stack.down()


def docker(
    *arguments: str,
    variables: Mapping[str, str] | None = None,
    given: str = "",
    timeout_seconds: float = 60,
) -> str:
    """Run ``docker``, with ``given`` to read; its output. Raises StackError with the end of what it said."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JOUST_", "COMPOSE_"))}
    try:
        done = subprocess.run(
            ["docker", *arguments],
            env={**own, **(variables or {})},
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
        )
    except FileNotFoundError:
        raise StackError("The program docker is not installed.") from None
    except subprocess.TimeoutExpired:
        raise StackError(f"`docker {' '.join(arguments)}` took longer than {timeout_seconds:g} s.") from None
    if done.returncode != 0:
        said = (done.stdout + done.stderr)[-_SAID_AT_MOST:]
        raise StackError(f"`docker {' '.join(arguments)}` ended with {done.returncode}:\n{said}")
    return done.stdout
