"""The stack in containers, brought up and down by ``docker compose``."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from joust_embedded.errors import StackError
from joust_embedded.ports import any_free

_HOST = "127.0.0.1"
_PORTS = ("GATEWAY", "GATEWAY_2", "POSTGRES", "KAFKA", "S3", "VALKEY", "PROMETHEUS")
_SAID_AT_MOST = 3000


class ComposeStack:
    """One project of a compose file, on free ports of its own.

    ``variables`` are those of ``.env.example``; what the file at hand sets in ``.env`` does not count.
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
        self._variables = {**numbered, **(variables or {})}

    @property
    def gateway_url(self) -> str:
        """Base URL of the public API."""
        return f"http://{_HOST}:{self.ports['gateway']}"

    @property
    def second_gateway_url(self) -> str:
        """Of the second gateway, in the profile ``replicas``."""
        return f"http://{_HOST}:{self.ports['gateway_2']}"

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
        self.compose("run", "--detach", "--no-deps", "--rm", "play", *command)

    def compose(self, *arguments: str, timeout_seconds: float = 120) -> str:
        """Run ``docker compose`` on the project; its output. Raises StackError with what it said."""
        profiles = [word for profile in self._profiles for word in ("--profile", profile)]
        command = (
            "compose",
            "--file",
            str(self._file),
            "--env-file",
            os.devnull,
            "--project-name",
            self._project,
        )
        try:
            return docker(
                *command, *profiles, *arguments, variables=self._variables, timeout_seconds=timeout_seconds
            )
        except StackError as error:
            if arguments[0] == "up":
                raise StackError(f"{error}\n{self._last_words()}") from None
            raise

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


def docker(*arguments: str, variables: Mapping[str, str] | None = None, timeout_seconds: float = 60) -> str:
    """Run ``docker``; its output. Raises StackError with the end of what it said."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JOUST_", "COMPOSE_"))}
    try:
        done = subprocess.run(
            ["docker", *arguments],
            env={**own, **(variables or {})},
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
